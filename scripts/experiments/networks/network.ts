import tf from '@tensorflow/tfjs';
import { type Applicable, apply } from '../../train-glyphnet/apply.js';
import { FusedBatchNorm } from '../../train-glyphnet/fused-batch-norm.js';
import { batchNorm } from '../../train-glyphnet/glyphnet.js';
import { type DenseOptions, FusedDense } from '../training/fused-dense.js';
import { FusedRelu } from '../training/fused-relu.js';

/** A network to train, its first weights drawn. */
export interface Network {
  /** As it is saved: every head ends in softmax probabilities. */
  readonly model: tf.LayersModel;
  /** The same layers up to the logits of each head, the main one first: what is trained. */
  readonly heads: tf.LayersModel;
}

/** The layers that a network is built from: those that are saved, or faster ones with the same weights. */
export interface Parts {
  relu(name: string): Applicable;
  batchNorm(name: string): Applicable;
  /** A dense layer that ends in a ReLU. */
  denseRelu(options: DenseOptions): Applicable;
}

/** tfjs's own layers, which every reader of the format knows. */
export const SAVED_PARTS: Parts = {
  relu: (name) => tf.layers.activation({ name, activation: 'relu' }),
  batchNorm,
  denseRelu: (options) => tf.layers.dense({ ...options, activation: 'relu' }),
};

/** Layers on TensorFlow's fused kernels, for training. */
export const TRAINED_PARTS: Parts = {
  relu: (name) => new FusedRelu({ name }),
  batchNorm: (name) => new FusedBatchNorm({ name }),
  denseRelu: (options) => new FusedDense(options),
};

/** Makes a network from a seed; the same weights whatever the parts. */
export type BuildNetwork = (seed: number, parts: Parts) => Network;

/** What a network of one input and some heads is, given the logits of each. */
export function networkOf(
  name: string,
  input: tf.SymbolicTensor,
  logits: Readonly<Record<string, tf.SymbolicTensor>>,
): Network {
  const ends = Object.entries(logits).map(([end, head]) =>
    apply(tf.layers.activation({ name: end, activation: 'softmax' }), head),
  );
  return {
    model: tf.model({ name, inputs: input, outputs: ends }),
    heads: tf.model({ inputs: input, outputs: Object.values(logits) }),
  };
}
