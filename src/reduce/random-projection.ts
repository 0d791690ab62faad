// Very sparse random projection (Li, Hastie & Church, KDD 2006) of D values to N features:
//   y_j = sqrt(D / s) / sqrt(N) * sum over s inputs i chosen for j of r_ij x_i,   r_ij = +-1,   s = ceil(sqrt(D))
// E ||y||^2 = ||x||^2, since each input is chosen with probability s / D and the signs are independent.
import tf from '@tensorflow/tfjs';
import { type RandomStream, randomStream, sampleIndices } from '../random.js';
import { flattened } from './flatten.js';
import type { ReducerOptions, TapReducer } from './tap-reducer.js';

/** At most this many values per sample are gathered at once: bounds the memory of wide projections. */
const GATHERED_AT_ONCE = 2 ** 19;

/** What a projection sums for each of its features. */
export interface SparseProjection {
  /** How many inputs each feature sums. */
  readonly inputs: number;
  /** (features, inputs): positions in the flattened activation. */
  readonly indices: Int32Array;
  /** (features, inputs): the signs times sqrt(D / s) / sqrt(N). */
  readonly weights: Float32Array;
}

function drawRow(random: RandomStream, inputs: number, total: number): { at: Int32Array; signs: number[] } {
  const at = sampleIndices(inputs, total, random);
  return { at, signs: Array.from(at, () => 2 * random.integer(0, 1) - 1) };
}

/** Draws the projection of `total` values to `features`, the same for the same seed and tap. */
export function sparseProjection(features: number, { tap, shape, seed }: ReducerOptions): SparseProjection {
  const total = shape.reduce((product, length) => product * length, 1);
  const inputs = Math.ceil(Math.sqrt(total));
  const scale = Math.sqrt(total / inputs / features);
  const random = randomStream(seed, 'random-projection', tap, features);
  const indices = new Int32Array(features * inputs);
  const weights = new Float32Array(features * inputs);
  for (let feature = 0; feature < features; feature++) {
    const { at, signs } = drawRow(random, inputs, total);
    indices.set(at, feature * inputs);
    weights.set(
      signs.map((sign) => sign * scale),
      feature * inputs,
    );
  }
  return { inputs, indices, weights };
}

interface Part {
  readonly indices: tf.Tensor1D;
  readonly weights: tf.Tensor3D;
}

function partsOf({ inputs, indices, weights }: SparseProjection): Part[] {
  const rows = Math.max(1, Math.floor(GATHERED_AT_ONCE / inputs));
  const step = rows * inputs;
  return Array.from({ length: Math.ceil(indices.length / step) }, (_, part) => {
    const signs = weights.subarray(part * step, (part + 1) * step);
    return {
      indices: tf.keep(tf.tensor1d(indices.subarray(part * step, (part + 1) * step), 'int32')),
      weights: tf.keep(tf.tensor3d(signs, [1, signs.length / inputs, inputs])),
    };
  });
}

function projectPart(flat: tf.Tensor2D, { indices, weights }: Part): tf.Tensor2D {
  return tf.tidy(() => {
    const [, rows, inputs] = weights.shape;
    return tf.gather(flat, indices, 1).reshape([-1, rows, inputs]).mul(weights).sum<tf.Tensor2D>(2);
  });
}

/** A very sparse random projection to `count` features that keeps norms in expectation, fixed by seed, tap and count. */
export function randomProjection(count: number, options: ReducerOptions): TapReducer {
  const parts = partsOf(sparseProjection(count, options));
  return {
    features: count,
    apply: (activation) =>
      tf.tidy(() => {
        const flat = flattened(activation);
        const projected = parts.map((part) => projectPart(flat, part));
        return projected.length === 1 ? projected[0]! : tf.concat2d(projected, 1);
      }),
    dispose: () => {
      tf.dispose(parts.map((part) => [part.indices, part.weights]));
    },
  };
}
