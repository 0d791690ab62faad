import type { InferredOptionTypes } from 'yargs';
import { defineCommand } from './command.js';
import { MODEL_OPTIONS } from './extract-options.js';
import { commaList } from './options.js';
import { SHARED_OPTIONS } from './shared-options.js';

const TAPS_OPTIONS = {
  taps: { describe: 'Only these: names, globs, kinds or all', coerce: commaList, requiresArg: true },
  ...MODEL_OPTIONS,
  backend: SHARED_OPTIONS.backend,
  json: SHARED_OPTIONS.json,
  config: SHARED_OPTIONS.config,
} as const;

/** The parsed options of `strata taps`. */
export type TapsValues = InferredOptionTypes<typeof TAPS_OPTIONS> & { readonly model: string | undefined };

/** `strata taps MODEL`: where probes can be inserted, in depth order. */
export const tapsCommand = defineCommand({
  name: 'taps',
  usage: 'taps [model]',
  describe: 'List what can be tapped in a model, in depth order',
  positionals: {
    model: { describe: 'Folder of a tfjs model (default: the embedded network)', type: 'string' },
  },
  options: TAPS_OPTIONS,
  examples: [
    ['strata taps', 'The embedded network'],
    [
      'strata taps models/mobilenet-v2 --taps merges',
      'Its merges: name, kind, shape, features under each reduction',
    ],
  ],
  run: async (values) => (await import('./run-taps.js')).listTaps(values),
});
