import type { Tap } from '../model/model.js';

/** The batch where nothing better is known, and on a CPU, which larger batches do not make faster. */
const PLAIN_BATCH = 32;
const MOST_BATCH = 512;

/** Of a GPU's memory: the rest is for weights, for what kernels need beside their arrays, and for fragmentation. */
const PART_FOR_ACTIVATIONS = 0.5;

/** So many activations of the largest size are taken to be alive at once: a branch's input, its output, a shortcut. */
const ALIVE_AT_ONCE = 4;

/** What decides a batch size. */
export interface BatchInputs {
  /** Free bytes of the GPU that the network runs on; undefined where it runs on none. */
  readonly gpuBytes?: number | undefined;
  readonly taps: readonly Pick<Tap, 'shape'>[];
}

/**
 * How many images to run at once where the user does not say: 32, or on a GPU the power of two, up to 512, whose
 * activations fill half of its memory. Pure. The cache keeps the number: another machine must be told it.
 */
export function defaultBatch({ gpuBytes, taps }: BatchInputs): number {
  if (gpuBytes === undefined) return PLAIN_BATCH;
  const sizes = taps.map(({ shape }) => shape.reduce((product, length) => product * length, 4));
  const bytesPerImage = ALIVE_AT_ONCE * Math.max(4, ...sizes);
  const fitting = (gpuBytes * PART_FOR_ACTIVATIONS) / bytesPerImage;
  return 2 ** Math.floor(Math.log2(Math.min(Math.max(fitting, 1), MOST_BATCH)));
}
