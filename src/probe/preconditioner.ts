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

/** What is tried in turn, as a part of the trace, to make a singular matrix decomposable. */
const JITTERS = [1e-8, 1e-6, 1e-4];

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
    const inverse = gram === undefined ? undefined : inverseOf(gram, { features, curvature, l2 });
    const product = inverse && productWith(inverse, { features, classes });
    const weights = features * classes;
    return (vector) => {
      const result = new Float64Array(vector.length);
      const given = new Float32Array(vector.length);
      for (let at = 0; at < weights; at++) given[at] = vector[at]!;
      for (let at = weights; at < vector.length; at++) result[at] = vector[at]! / curvature;
      if (product === undefined) scale(result, vector.subarray(0, weights), 1 / (curvature + l2));
      else result.set(product(given));
      return result;
    };
  };
}

function scale(to: Float64Array, from: Float64Array, factor: number): void {
  for (let at = 0; at < from.length; at++) to[at] = factor * from[at]!;
}

/** Multiplies by a symmetric matrix: (features, classes) numbers, and zeros for a bias. */
function productWith(
  matrix: Float32Array,
  { features, classes }: ProblemShape,
): (given: Float32Array) => Float32Array {
  const native = nativeSoftmax();
  if (native === undefined) {
    return (given) =>
      computed(() =>
        tf.matMul(
          tf.tensor2d(matrix, [features, features]),
          tf.tensor2d(given.subarray(0, features * classes), [features, classes]),
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
    const product = new Float32Array(features * classes);
    native.multiply(rows, softmaxThreads(), given, classes, product);
    return product;
  };
}

/** (w G + l2 I)^-1, or undefined where even the largest jitter does not make it decomposable. */
function inverseOf(
  gram: Float32Array,
  { features, curvature, l2 }: { features: number; curvature: number; l2: number },
): Float32Array | undefined {
  for (const jitter of JITTERS) {
    const matrix = gram.map((value) => curvature * value);
    const added = l2 + jitter * curvature * features;
    for (let at = 0; at < matrix.length; at += features + 1) matrix[at]! += added;
    const inverse = invertPositive(matrix, features);
    if (inverse !== undefined) return inverse;
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

/** The inverse by Cholesky's decomposition A = L L': L^-1' L^-1. Undefined where A is not positive to float32. */
function invertPositive(matrix: Float32Array, size: number): Float32Array | undefined {
  const backend = tf.backend() as unknown as OpRunner;
  const { TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  const type = { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT };
  const flag = (name: string, value: boolean) => ({ name, type: TF_ATTR_BOOL, value });
  const half = (lower: tf.Tensor) =>
    backend.executeSingleOutput(
      'MatrixTriangularSolve',
      [flag('lower', true), flag('adjoint', false), type],
      [lower, tf.eye(size)],
    );
  try {
    const inverse = computed(() => {
      const lower = backend.executeSingleOutput('Cholesky', [type], [tf.tensor2d(matrix, [size, size])]);
      const root = half(lower) as tf.Tensor2D;
      return tf.matMul(root, root, true, false);
    });
    return inverse.every(Number.isFinite) ? inverse : undefined;
  } catch (error) {
    if (/cholesky/i.test(String(error))) return undefined;
    throw error;
  }
}
