import type { InferredOptionTypes } from 'yargs';
import { COLLAPSES } from '../report/network-graph.js';
import { NETWORK_STYLES } from '../report/network-style.js';
import { MODEL_OPTIONS } from './extract-options.js';
import { commaList, oneOf, text } from './options.js';
import { SHARED_OPTIONS } from './shared-options.js';

/** Every option of `strata diagram`. */
export const DIAGRAM_OPTIONS = {
  taps: {
    describe: 'Where probes stand in a model: names, globs, kinds, paper or all',
    coerce: commaList,
    defaultDescription: 'input and merges',
    requiresArg: true,
  },
  labels: {
    describe: 'The label set whose errors colour a run',
    coerce: text('labels'),
    defaultDescription: 'the first one',
    requiresArg: true,
  },
  style: {
    describe: `How probes are drawn: ${NETWORK_STYLES.join(' or ')}`,
    coerce: oneOf('style', NETWORK_STYLES),
    defaultDescription: NETWORK_STYLES[0],
    requiresArg: true,
  },
  collapse: {
    describe: `Which layers without a probe become one node: ${COLLAPSES.join(', ')}`,
    coerce: oneOf('collapse', COLLAPSES),
    defaultDescription: COLLAPSES[0],
    requiresArg: true,
  },
  out: {
    describe: 'File of the picture, .svg or .png',
    coerce: text('out'),
    defaultDescription: 'the SVG on standard output',
    requiresArg: true,
  },
  'input-size': MODEL_OPTIONS['input-size'],
  signature: MODEL_OPTIONS.signature,
  backend: SHARED_OPTIONS.backend,
  config: SHARED_OPTIONS.config,
} as const;

/** The parsed options of `strata diagram`. */
export type DiagramValues = InferredOptionTypes<typeof DIAGRAM_OPTIONS> & {
  readonly model: string | undefined;
};
