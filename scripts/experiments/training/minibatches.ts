import tf from '@tensorflow/tfjs';
import { type RandomStream, randomStream, shuffle } from '../../../src/random.js';
import type { LoadedSplit } from '../../train-glyphnet/load-split.js';

/** Writes one image of bytes as the network's input; the stream is for changes that keep the class. */
export type WriteImage = (target: Float32Array, image: Uint8Array, random: RandomStream) => void;

/** Where minibatches come from. */
export interface MinibatchSource {
  readonly samples: LoadedSplit;
  /** (height, width, channels). */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  readonly writeImage: WriteImage;
}

/** Images (batch, height, width, channels) and their classes as (batch, classes), one hot. */
export interface Minibatch {
  readonly images: tf.Tensor4D;
  readonly targets: tf.Tensor2D;
}

/** `(x - mean) * scale`, without changes. */
export function scaledBy(mean: number, scale: number): WriteImage {
  return (target, image) => {
    for (let at = 0; at < target.length; at++) target[at] = (image[at]! - mean) * scale;
  };
}

/** Minibatches without end: every epoch is a shuffle of its own, and what is left of it below a batch is dropped. */
export function* minibatches(
  source: MinibatchSource,
  seed: number,
  batch: number,
): Generator<Minibatch, never> {
  const { samples } = source.samples;
  if (samples < batch) throw new RangeError(`batch of ${batch} from ${samples} samples`);
  for (let epoch = 0; ; epoch++) {
    const random = randomStream(seed, 'epoch', epoch);
    const all = Int32Array.from({ length: samples }, (_, index) => index);
    const order = shuffle(all, random);
    for (let from = 0; from + batch <= samples; from += batch)
      yield makeMinibatch(source, order.subarray(from, from + batch), random);
  }
}

function makeMinibatch(source: MinibatchSource, rows: Int32Array, random: RandomStream): Minibatch {
  const { samples, shape, classes, writeImage } = source;
  const values = shape[0] * shape[1] * shape[2];
  const pixels = new Float32Array(rows.length * values);
  for (const [at, row] of rows.entries()) {
    const image = samples.pixels.subarray(row * values, (row + 1) * values);
    writeImage(pixels.subarray(at * values, (at + 1) * values), image, random);
  }
  const labels = Int32Array.from(rows, (row) => samples.labels[row]!);
  return {
    images: tf.tensor4d(pixels, [rows.length, ...shape]),
    targets: tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), classes) as tf.Tensor2D),
  };
}
