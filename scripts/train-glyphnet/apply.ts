import type tf from '@tensorflow/tfjs';

/** What a network is built from: a layer, of tfjs's or our own. */
export type Applicable = Pick<ReturnType<typeof tf.layers.add>, 'apply'>;

/** A layer's one output for one input, or for several that it merges. */
export function apply(layer: Applicable, input: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor {
  return layer.apply(input) as tf.SymbolicTensor;
}
