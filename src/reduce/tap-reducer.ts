import type tf from '@tensorflow/tfjs';
import type { PooledTap } from './pool-axes.js';

/** A reduction made for one tap: `apply` runs inside the tensor library. */
export interface TapReducer {
  readonly features: number;
  /** (batch, ...shape) -> (batch, features). The caller disposes the result. */
  apply(activation: tf.Tensor): tf.Tensor2D;
  /** Frees what it holds (indices, signs). */
  dispose(): void;
}

/** The tap a reducer is made for. `seed` counts for the random reductions only. */
export interface ReducerOptions extends Omit<PooledTap, 'name'> {
  readonly tap: string;
  /** The activation's shape without the batch. */
  readonly shape: readonly number[];
  readonly seed: number;
}
