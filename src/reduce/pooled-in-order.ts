import tf from '@tensorflow/tfjs';
import { type PooledTap, poolOrder } from './pool-axes.js';
import type { TapReducer } from './tap-reducer.js';

/** A pool of maps whose channels are last, made one of a tap whose channels lie elsewhere. */
export function pooledInOrder(pool: TapReducer, tap: PooledTap): TapReducer {
  const { order, shape, asIs } = poolOrder(tap);
  if (asIs) return pool;
  const turned = (activation: tf.Tensor) =>
    activation.transpose([0, ...order.map((at) => at + 1)]).reshape([-1, ...shape]);
  return { ...pool, apply: (activation) => tf.tidy(() => pool.apply(turned(activation))) };
}
