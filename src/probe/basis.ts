/**
 * The basis in which the solver works. With G = X'X / N = V diag(lambda) V', weights are kept as V' W: there the
 * curvature of the objective at W = 0 is diagonal, (lambda / classes + l2), and the solver can scale by it.
 * V is orthogonal, so norms of weights and of gradients are the same in both bases.
 */
import tf from '@tensorflow/tfjs';
import { computed } from './computed.js';
import type { RowPasses } from './row-passes.js';

/** Beyond this many features the decomposition costs more than the passes it saves. */
const MOST_DECOMPOSED_FEATURES = 2048;

/** An orthogonal basis of the features. */
export interface Basis {
  readonly kind: 'identity' | 'eigenvectors';
  /** The second moment of the train features along each basis vector. */
  readonly moments: Float64Array;
  /** (features, columns) in the basis, row by row -> the same over the standardised features. */
  toFeatures(weight: Float32Array, columns: number): Float32Array;
  /** The way back, which is also that of gradients. */
  fromFeatures(weight: Float32Array, columns: number): Float32Array;
  dispose(): void;
}

/** The part of tfjs-node's backend that runs any TensorFlow op. */
interface OpRunner {
  executeMultipleOutputs(op: string, attributes: object[], inputs: tf.Tensor[], outputs: number): tf.Tensor[];
  readonly binding: {
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_FLOAT: number;
  };
}

/** The standardised features themselves: the basis wherever no better one can be had. */
export function identityBasis(features: number): Basis {
  const same = (weight: Float32Array) => weight;
  return {
    kind: 'identity',
    moments: new Float64Array(features).fill(1),
    toFeatures: same,
    fromFeatures: same,
    dispose: () => {},
  };
}

/**
 * Chooses the basis for some rows, in one pass over them: the eigenvectors of their second moments, or the
 * features themselves with the WebAssembly backend, which has no decomposition, and for very wide columns.
 */
export async function chooseBasis(passes: RowPasses, signal?: AbortSignal): Promise<Basis> {
  const { features, rows } = passes;
  if (tf.getBackend() !== 'tensorflow' || features > MOST_DECOMPOSED_FEATURES || features < 2)
    return identityBasis(features);
  const gram = Float32Array.from(await passes.gram(signal), (sum) => sum / rows);
  const [values, vectors] = tf.tidy(() => decompose(tf.tensor2d(gram, [features, features])));
  const moments = Float64Array.from(values!.dataSync(), (value) => Math.max(0, value));
  values!.dispose();
  const basis = vectors as tf.Tensor2D;
  if (!moments.every(Number.isFinite)) {
    basis.dispose();
    return identityBasis(features);
  }
  const turned = (weight: Float32Array, columns: number, back: boolean) =>
    computed(() => tf.matMul(basis, tf.tensor2d(weight.slice(), [features, columns]), back, false));
  return {
    kind: 'eigenvectors',
    moments,
    toFeatures: (weight, columns) => turned(weight, columns, false),
    fromFeatures: (weight, columns) => turned(weight, columns, true),
    dispose: () => basis.dispose(),
  };
}

/** Eigenvalues, and eigenvectors as columns, of a symmetric matrix. */
function decompose(matrix: tf.Tensor2D): tf.Tensor[] {
  const backend = tf.backend() as unknown as OpRunner;
  const { TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  const attributes = [
    { name: 'compute_v', type: TF_ATTR_BOOL, value: true },
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
  ];
  return backend.executeMultipleOutputs('SelfAdjointEigV2', attributes, [matrix], 2);
}
