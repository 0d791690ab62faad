import type tf from '@tensorflow/tfjs';
import type { TapReducer } from './tap-reducer.js';

/** The axes between the batch and the channels: rows and columns of a map, steps of a sequence. */
export function middleAxes(activation: tf.Tensor): number[] {
  return Array.from({ length: activation.rank - 2 }, (_, axis) => axis + 1);
}

/** Each channel's mean over all positions: (batch, ..., channels) -> (batch, channels). */
export function averagePool(features: number): TapReducer {
  return {
    features,
    apply: (activation) => activation.mean<tf.Tensor2D>(middleAxes(activation)),
    dispose: () => undefined,
  };
}
