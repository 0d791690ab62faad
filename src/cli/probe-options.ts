import type { InferredOptionTypes } from 'yargs';
import { PRODUCT_CHOICES } from '../backend/softmax.js';
import { PROBE_KINDS } from '../probe/probe-kind.js';
import { EMBEDDED_DATASET } from './default-paths.js';
import { byteCount, commaList, numberList, oneOf, positiveNumber, text, wholeNumber } from './options.js';
import { SHARED_OPTIONS } from './shared-options.js';

/** The l2 values that ridge and LDA try unless others are given. */
export const DEFAULT_L2 = [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5] as const;

/** Every option of `strata probe`. */
export const PROBE_OPTIONS = {
  cache: {
    describe: 'Folder of the cache, or of the caches of checkpoints, which are probed together',
    coerce: text('cache'),
    defaultDescription: `data/cache/${EMBEDDED_DATASET}-glyphnet`,
    requiresArg: true,
  },
  out: {
    describe: 'Folder of the run; what a run that is there trained already is not trained again',
    coerce: text('out'),
    defaultDescription: 'data/runs/CACHE',
    requiresArg: true,
  },
  taps: {
    describe: 'Names, globs or kinds of taps',
    coerce: commaList,
    defaultDescription: 'all in the cache',
    requiresArg: true,
  },
  reduce: {
    describe: 'Reductions',
    coerce: commaList,
    defaultDescription: 'all in the cache',
    requiresArg: true,
  },
  labels: {
    describe:
      'Label sets by name and NAME=TABLE.csv or .parquet (key, label); random(NAME): a control, the labels of NAME ' +
      'permuted within train, `random` for short where NAME is the main one',
    coerce: commaList,
    defaultDescription: 'all in the cache',
    requiresArg: true,
  },
  probe: {
    describe: `Kind of probe: ${PROBE_KINDS.join(', ')}`,
    coerce: oneOf('probe', PROBE_KINDS),
    defaultDescription: PROBE_KINDS[0],
    requiresArg: true,
  },
  l2: {
    describe: 'Values of l2; centroid probes have none',
    coerce: numberList('l2'),
    defaultDescription: 'decades from 1, as many as serve; with sgd and adam 0',
    requiresArg: true,
  },
  tolerance: {
    describe: 'Stop when the loss is this near the optimum, relative to the loss (--probe softmax)',
    coerce: positiveNumber('tolerance'),
    defaultDescription: '1e-3',
    requiresArg: true,
  },
  'max-passes': {
    describe: 'Give up after so many passes over train for one l2 value (--probe softmax)',
    coerce: wholeNumber('max-passes', 1),
    defaultDescription: '1000',
    requiresArg: true,
  },
  folds: {
    describe:
      'Cut train into so many folds, state the error on those left out, and test changes from tap to tap over them',
    coerce: wholeNumber('folds', 2, 1000),
    defaultDescription: 'none',
    requiresArg: true,
  },
  seeds: {
    describe: 'Seeds of what is random, from --seed on: the cuts into folds, the labels of controls',
    coerce: wholeNumber('seeds', 1, 1000),
    defaultDescription: '1',
    requiresArg: true,
  },
  rates: {
    describe: 'Learning rates tried side by side (--probe sgd or adam)',
    coerce: numberList('rates'),
    defaultDescription: '1, 2, 5 a decade: sgd 1e-4 to 0.5, adam 1e-5 to 0.05',
    requiresArg: true,
  },
  batch: {
    describe: 'Most samples of a minibatch (--probe sgd or adam)',
    coerce: wholeNumber('batch', 1),
    defaultDescription: '256',
    requiresArg: true,
  },
  epochs: {
    describe: 'Most passes over train (--probe sgd or adam)',
    coerce: wholeNumber('epochs', 1),
    defaultDescription: '100',
    requiresArg: true,
  },
  patience: {
    describe: 'Stop after so many epochs without a lower loss on valid (--probe sgd or adam)',
    coerce: wholeNumber('patience', 1),
    defaultDescription: '5',
    requiresArg: true,
  },
  memory: {
    describe: 'Most memory for features, such as 8GB; larger ones are streamed from disk',
    coerce: byteCount('memory'),
    defaultDescription: 'two thirds of what is free',
    requiresArg: true,
  },
  products: {
    describe:
      'Wide matrix products: auto takes tile units where there are (AMX, 16 bits of each factor), float32 never',
    coerce: oneOf('products', PRODUCT_CHOICES),
    defaultDescription: 'auto',
    requiresArg: true,
  },
  'drop-duplicates': {
    describe: 'Leave samples whose bytes an earlier split has out of valid and test',
    type: 'boolean',
  },
  fresh: { describe: 'Train all again, though the run has results already', type: 'boolean' },
  seed: SHARED_OPTIONS.seed,
  backend: SHARED_OPTIONS.backend,
  config: SHARED_OPTIONS.config,
  json: SHARED_OPTIONS.json,
} as const;

/** The parsed options of `strata probe`. */
export type ProbeValues = InferredOptionTypes<typeof PROBE_OPTIONS>;
