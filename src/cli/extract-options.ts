import type { InferredOptionTypes } from 'yargs';
import { RESAMPLE_KERNELS, RESIZE_RULES } from '../decode/geometry.js';
import { COMPUTE_TYPES } from '../forward/bfloat16.js';
import { FORWARD_CHOICES } from '../forward/forward.js';
import { CHANNEL_ORDERS, PREPROCESS_PRESETS } from '../model/preprocess.js';
import { DTYPES, SHARD_FORMATS } from '../store/column.js';
import { parseWorker, type Worker } from '../worker.js';
import { EMBEDDED_DATASET, EMBEDDED_MODEL } from './default-paths.js';
import { commaList, numberList, oneOf, pairs, positiveNumber, text, texts, wholeNumber } from './options.js';
import { SHARED_OPTIONS } from './shared-options.js';

function workerOf(value: unknown): Worker | undefined {
  const given = text('worker')(value);
  return given === undefined ? undefined : parseWorker(given);
}

/** What the model is and how images reach it: `extract` and `taps` share these. */
export const MODEL_OPTIONS = {
  'input-size': {
    describe: 'HEIGHTxWIDTH or one number, for a model or `pixels` without a size of its own',
    coerce: text('input-size'),
    requiresArg: true,
  },
  signature: {
    describe: 'The signature of a SavedModel that is called',
    coerce: text('signature'),
    defaultDescription: 'serving_default, or the only one',
    requiresArg: true,
  },
  reduce: {
    describe:
      'flatten, average-pool, max-pool, grid-pool:K, random-subset:N, random-projection:N; several at once',
    coerce: commaList,
    defaultDescription:
      'flatten below 2048 features, else average-pool (random-subset:2048 where channels are not known)',
    requiresArg: true,
  },
} as const;

/** Which samples. */
const DATASET_OPTIONS = {
  dataset: {
    describe: 'glyphs[:SEED], idx:DIR or folder:DIR',
    coerce: text('dataset'),
    defaultDescription: EMBEDDED_DATASET,
    requiresArg: true,
  },
  limit: { describe: 'At most N samples of each split', coerce: wholeNumber('limit', 1), requiresArg: true },
  classes: { describe: 'The first N classes, or classes by name', coerce: commaList, requiresArg: true },
  labels: {
    describe: 'Further label sets, NAME=TABLE.csv or .parquet with columns key and label',
    coerce: pairs('labels', 'NAME=TABLE'),
    requiresArg: true,
  },
  'split-labels': {
    describe: 'SPLIT=FILE: labels of a split folder without class folders (valid=val.txt)',
    coerce: pairs('split-labels', 'SPLIT=FILE'),
    requiresArg: true,
  },
  carve: {
    describe: 'Parts of train that become missing splits',
    coerce: pairs('carve', 'SPLIT=PART'),
    defaultDescription: 'valid=0.1,test=0.1',
    requiresArg: true,
  },
  'split-seed': {
    describe: 'Seed of carved splits and of --limit',
    coerce: wholeNumber('split-seed', 0),
    defaultDescription: '0',
    requiresArg: true,
  },
} as const;

/** How an image becomes the model's input. */
const PREPROCESS_OPTIONS = {
  preprocess: {
    describe:
      'tf (x/127.5-1), torch (ImageNet mean and deviation), caffe (BGR, mean) or raw (0..255); torch and raw resize as ' +
      'torchvision (cover, bilinear), tf and caffe as keras.utils.load_img (stretch, nearest)',
    coerce: oneOf('preprocess', PREPROCESS_PRESETS),
    defaultDescription: "the model's own strata.json",
    requiresArg: true,
  },
  resize: {
    describe: `Resize rule: ${RESIZE_RULES.join(', ')}`,
    coerce: oneOf('resize', RESIZE_RULES),
    defaultDescription: "the preset's",
    requiresArg: true,
  },
  kernel: {
    describe: `Resampling filter, as Pillow has it: ${RESAMPLE_KERNELS.join(', ')}`,
    coerce: oneOf('kernel', RESAMPLE_KERNELS),
    defaultDescription: "the preset's",
    requiresArg: true,
  },
  crop: {
    describe:
      'Central part of each side that is kept: 0.875 is 224 of 256 pixels; above 1 adds a black border',
    defaultDescription: '1',
    coerce: positiveNumber('crop'),
    requiresArg: true,
  },
  'channel-order': {
    describe: 'rgb or bgr',
    coerce: oneOf('channel-order', CHANNEL_ORDERS),
    requiresArg: true,
  },
  mean: {
    describe: 'Subtracted from each channel, of 0..255',
    coerce: numberList('mean'),
    requiresArg: true,
  },
  scale: { describe: 'Multiplies each channel after that', coerce: numberList('scale'), requiresArg: true },
} as const;

/** How the work is done; of these `--batch`, `--forward` and `--compute` change numbers, and belong to the cache. */
const WORK_OPTIONS = {
  batch: {
    describe: 'Images per forward pass',
    coerce: wholeNumber('batch', 1),
    defaultDescription: '32, or on a GPU what its memory holds',
    requiresArg: true,
  },
  'shard-rows': {
    describe: 'Samples per shard',
    coerce: wholeNumber('shard-rows', 1),
    defaultDescription: '1024',
    requiresArg: true,
  },
  concurrency: {
    describe: 'Images decoded at once',
    coerce: wholeNumber('concurrency', 1, 1024),
    defaultDescription: 'the threads of libuv, two more than cores',
    requiresArg: true,
  },
  forward: {
    describe: 'compiled (the whole network as one graph) or eager (op by op, about half as fast)',
    coerce: oneOf('forward', FORWARD_CHOICES),
    defaultDescription: 'compiled, where TensorFlow is in use',
    requiresArg: true,
  },
  compute: {
    describe:
      'float32; bfloat16 on a processor that has it: faster, features of three digits; or emulated-bfloat16',
    coerce: oneOf('compute', COMPUTE_TYPES),
    defaultDescription: 'float32',
    requiresArg: true,
  },
  profile: {
    describe: 'FILE: write a trace of the run that chrome://tracing and Perfetto open',
    coerce: text('profile'),
    requiresArg: true,
  },
  worker: {
    describe: 'I/N: take the I-th of N parts of the work',
    coerce: workerOf,
    requiresArg: true,
  },
  'retry-quarantined': { describe: 'Extract shards with quarantined samples again', type: 'boolean' },
  'dry-run': { describe: 'Only say what would be written and whether it fits', type: 'boolean' },
} as const;

/** Every option of `strata extract`. */
export const EXTRACT_OPTIONS = {
  ...DATASET_OPTIONS,
  model: {
    describe:
      'Folder of a tfjs layers or graph model, or of a TensorFlow SavedModel; several, or a folder of their folders (step-0, seed-1/step-0), are ' +
      'checkpoints of one network; or `pixels` for the preprocessed image itself',
    coerce: texts('model'),
    defaultDescription: `the embedded network (${EMBEDDED_MODEL.split('/').slice(-3).join('/')})`,
    requiresArg: true,
  },
  cache: {
    describe: 'Folder of the cache, or of the caches of checkpoints (step=0, seed=1/step=0 in it)',
    coerce: text('cache'),
    defaultDescription: 'data/cache/DATASET-MODEL',
    requiresArg: true,
  },
  taps: {
    describe:
      'Names, globs, kinds (merges, activations ...), all, or paper: the points of the paper, in networks it names',
    coerce: commaList,
    defaultDescription: 'the input and the merges, or else the activations',
    requiresArg: true,
  },
  ...MODEL_OPTIONS,
  'class-map': {
    describe:
      "How the model's outputs stand for the classes: text or numeric, the classes in that order (2 before or behind 10), or FILE, " +
      'a name a line',
    coerce: text('class-map'),
    defaultDescription: 'text, where there are as many outputs as classes',
    requiresArg: true,
  },
  dtype: {
    describe: `Stored as ${DTYPES.join(' or ')}`,
    coerce: oneOf('dtype', DTYPES),
    defaultDescription: 'float32',
    requiresArg: true,
  },
  format: {
    describe: `Shards as ${SHARD_FORMATS.join(' or ')}`,
    coerce: oneOf('format', SHARD_FORMATS),
    defaultDescription: 'arrow',
    requiresArg: true,
  },
  ...PREPROCESS_OPTIONS,
  ...WORK_OPTIONS,
  seed: SHARED_OPTIONS.seed,
  backend: SHARED_OPTIONS.backend,
  config: SHARED_OPTIONS.config,
  json: SHARED_OPTIONS.json,
} as const;

/** The parsed options of `strata extract`. */
export type ExtractValues = InferredOptionTypes<typeof EXTRACT_OPTIONS>;
