import type tf from '@tensorflow/tfjs';
import { middleAxes } from './average-pool.js';
import type { TapReducer } from './tap-reducer.js';

/** Each channel's greatest value over all positions: (batch, ..., channels) -> (batch, channels). */
export function maxPool(features: number): TapReducer {
  return {
    features,
    apply: (activation) => activation.max<tf.Tensor2D>(middleAxes(activation)),
    dispose: () => undefined,
  };
}
