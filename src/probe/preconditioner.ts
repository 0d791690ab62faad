/**
 * The preconditioner of the softmax objective. With second moments G = Z'Z / n and w = (1 - E||p||^2) / (classes - 1), the
 * mean curvature of the softmax, the Hessian is about w G + l2 I for every class, so the solver starts from
 *
 *     M = (w G + l2 I)^-1  on the weights        1 / w  on the bias
 *
 * by one Cholesky decomposition. It only shapes the steps: float32 is enough, and where G is too nearly singular for it
 * a little more is added to the diagonal.
 */
import tf from '@tensorflow/tfjs';
import { nativeSoftmax, softmaxThreads } from '../backend/softmax.js';
import { computed } from './computed.js';
import type { ProblemShape } from './point.js';
import type { RowPasses } from './row-passes.js';

/** Maps a gradient to a step: (features, classes) row by row, and then the bias. */
export type Preconditioner = (vector: Float64Array) => Float64Array;

/** Makes the preconditioner for a mean curvature w and an l2 value. */
export type PreconditionerAt = (curvature: number, l2: number) => Preconditioner;

/** Beyond this many features the decomposition costs more than the passes it saves. */
const MOST_DECOMPOSED_FEATURES = 4096;

/**
 * What is added to the diagonal, as a part of the norm of w G, which float32 rounds by 6e-8 in every number: tried in turn
 * until the decomposition is possible.
 */
const JITTERS = [2 ** -23, 2 ** -18, 2 ** -12];

/** From this condition on float32 cannot hold the inverse: its largest entries would round away the smallest ones. */
const MOST_CONDITION = 1e6;

/** The second moments of the features, (features, features), in one pass; undefined where they would not be used. */
export async function secondMoments(
  passes: RowPasses,
  signal?: AbortSignal,
): Promise<Float32Array | undefined> {
  const { features, rows } = passes;
  if (tf.getBackend() !== 'tensorflow' || features > MOST_DECOMPOSED_FEATURES) return undefined;
  const sums = await passes.gram({ signal, precision: 'rough' });
  const gram = new Float32Array(sums.length);
  for (let at = 0; at < sums.length; at++) gram[at] = sums[at]! / rows;
  return gram.every(Number.isFinite) ? gram : undefined;
}

/** Preconditioners for problems of one shape. Without second moments they are diagonal: standardised features have 1. */
export function preconditioners(
  gram: Float32Array | undefined,
  { features, classes }: ProblemShape,
): PreconditionerAt {
  return (curvature, l2) => {
    const matrix = gram?.map((value) => curvature * value);
    const factors = matrix && factorsOf(matrix, { features, l2 });
    const products = factors?.map((matrix) => productWith(matrix, { features, classes }));
    const weights = features * classes;
    return (vector) => {
      const result = new Float64Array(vector.length);
      for (let at = weights; at < vector.length; at++) result[at] = vector[at]! / curvature;
      if (products === undefined) scale(result, vector.subarray(0, weights), 1 / (curvature + l2));
      else {
        // Gradients may be smaller than float32 has numbers for.
        const largest = largestOf(vector.subarray(0, weights));
        if (largest === 0) return result;
        let given: Float32Array = Float32Array.from(vector, (value, at) =>
          at < weights ? value / largest : 0,
        );
        for (const product of products) given = product(given);
        scale(result, Float64Array.from(given.subarray(0, weights)), largest);
      }
      return result;
    };
  };
}

function largestOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** At least the largest eigenvalue of a symmetric matrix. */
export function frobeniusNorm(matrix: Float32Array): number {
  let squares = 0;
  for (const value of matrix) squares += value * value;
  return Math.sqrt(squares);
}

function scale(to: Float64Array, from: Float64Array, factor: number): void {
  for (let at = 0; at < from.length; at++) to[at] = factor * from[at]!;
}

/** Multiplies by a matrix: (features, classes) numbers, and zeros for a bias, which stay zeros. */
function productWith(
  matrix: Float32Array,
  { features, classes }: ProblemShape,
): (given: Float32Array) => Float32Array {
  const native = nativeSoftmax();
  if (native === undefined) {
    return (given) =>
      computed(() =>
        tf.concat2d(
          [
            tf.matMul(
              tf.tensor2d(matrix, [features, features]),
              tf.tensor2d(given.subarray(0, features * classes), [features, classes]),
            ),
            tf.zeros([1, classes]),
          ],
          0,
        ),
      );
  }
  const zeros = new Float32Array(features);
  const ones = new Float32Array(features).fill(1);
  const rows = {
    ...{ blocks: [matrix], features, start: 0, high: zeros, low: zeros, inverse: ones },
    ...{ mean: new Float64Array(features), scale: new Float64Array(features).fill(1), extreme: false },
  };
  return (given) => {
    const product = new Float32Array((features + 1) * classes);
    native.multiply(rows, softmaxThreads(), given, classes, product);
    return product;
  };
}

/**
 * What to multiply by in turn for (w G + l2 I)^-1 = L^-1' L^-1: by the inverse itself, or, where it is too ill-conditioned
 * for float32, by both factors, whose product leads downhill whatever rounding does to them. Undefined where not even the
 * largest jitter makes it decomposable.
 */
function factorsOf(
  moment: Float32Array,
  { features, l2 }: { features: number; l2: number },
): readonly Float32Array[] | undefined {
  const norm = frobeniusNorm(moment);
  for (const jitter of JITTERS) {
    const matrix = moment.slice();
    const added = l2 + jitter * norm;
    for (let at = 0; at < matrix.length; at += features + 1) matrix[at]! += added;
    const apart = norm > MOST_CONDITION * added;
    const factors = inversePositive(matrix, features, apart);
    if (factors !== undefined) return factors;
  }
  return undefined;
}

/** The part of tfjs-node's backend that runs any TensorFlow op. */
interface OpRunner {
  executeSingleOutput(op: string, attributes: object[], inputs: tf.Tensor[]): tf.Tensor;
  readonly binding: {
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_FLOAT: number;
  };
}

/**
 * The inverse by Cholesky's decomposition A = L L': L^-1' L^-1, or the two `apart`, the right one first. Undefined where
 * A is not positive to float32.
 */
function inversePositive(
  matrix: Float32Array,
  size: number,
  apart: boolean,
): readonly Float32Array[] | undefined {
  const backend = tf.backend() as unknown as OpRunner;
  const { TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  const type = { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT };
  const flag = (name: string, value: boolean) => ({ name, type: TF_ATTR_BOOL, value });
  const root = (): tf.Tensor2D => {
    const lower = backend.executeSingleOutput('Cholesky', [type], [tf.tensor2d(matrix, [size, size])]);
    return backend.executeSingleOutput(
      'MatrixTriangularSolve',
      [flag('lower', true), flag('adjoint', false), type],
      [lower, tf.eye(size)],
    ) as tf.Tensor2D;
  };
  try {
    const factors = apart
      ? [computed(root), computed(() => tf.transpose(root()))]
      : [computed(() => gramOf(root()))];
    return factors.every((factor) => factor.every(Number.isFinite)) ? factors : undefined;
  } catch (error) {
    if (/cholesky/i.test(String(error))) return undefined;
    throw error;
  }
}

function gramOf(matrix: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(matrix, matrix, true, false);
}
