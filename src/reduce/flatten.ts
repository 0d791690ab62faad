import type tf from '@tensorflow/tfjs';
import type { TapReducer } from './tap-reducer.js';

/** (batch, ...shape) as (batch, features): every value, rows before columns before channels. A view, not a copy. */
export function flattened(activation: tf.Tensor): tf.Tensor2D {
  const batch = activation.shape[0] ?? 1;
  return activation.reshape([batch, activation.size / batch]);
}

/** Every value of the activation is a feature. */
export function flatten(features: number): TapReducer {
  return { features, apply: flattened, dispose: () => undefined };
}
