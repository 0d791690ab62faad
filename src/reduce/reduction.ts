import type tf from '@tensorflow/tfjs';

/** How a tap's activation becomes a vector of features (section 3.4 of the paper). */
export type Reduction =
  | { readonly kind: 'flatten' }
  | { readonly kind: 'average-pool' }
  | { readonly kind: 'max-pool' }
  | { readonly kind: 'grid-pool'; readonly cells: number }
  | { readonly kind: 'random-subset'; readonly features: number }
  | { readonly kind: 'random-projection'; readonly features: number };

/** A reduction made for one tap: `apply` runs inside the tensor library. */
export interface TapReducer {
  readonly features: number;
  /** (batch, ...shape) -> (batch, features). The caller disposes the result. */
  apply(activation: tf.Tensor): tf.Tensor2D;
  /** Frees what it holds (indices, signs). */
  dispose(): void;
}
