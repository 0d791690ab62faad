import type { Precision } from './row-passes.js';

/** What a solver asks of the next pass over the train split. */
export interface Ask {
  /** W, (features, classes) row by row, and then b. Not changed by either side. */
  readonly position: Float64Array;
  /** Whether the second moment of the probabilities is wanted too. */
  readonly curvature: boolean;
  readonly precision: Precision;
  /** Where it is there, the answer's gradient is the Hessian times it, in float64. As the position lies. */
  readonly direction?: Float64Array | undefined;
  /** Whether the second moments of the features are wanted instead, in float64. */
  readonly features?: boolean | undefined;
  /** What is being solved, for progress: the l2 value, and the last known gap as a part of the objective. */
  readonly l2: number;
  readonly gapRatio: number;
}

/** The cross-entropy at the position asked for. */
export interface Answer {
  readonly crossEntropy: number;
  /** As the position lies. Without the penalty's part. */
  readonly gradient: Float64Array;
  /** E[||p||^2]. */
  readonly squares: number;
  /** E[p p'], (classes, classes): only when asked for, and not for thousands of classes. */
  readonly secondMoment: Float64Array | undefined;
  /** Z'Z / n over the labelled rows, (features, features): only when asked for. */
  readonly featureMoment?: Float64Array | undefined;
}

/**
 * A computation that needs passes over the train split: it yields what it asks, is resumed with the answer, and
 * ends with a result. Several are run in lock-step, sharing each pass.
 */
export type Asking<Result> = Generator<Ask, Result, Answer>;
