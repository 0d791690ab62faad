import type { ProbeKind } from './probe-kind.js';

/**
 * Loss and errors of a probe on one split. Errors are fractions in [0, 1]; losses are mean nats per sample, of the softmax
 * of the scores: what a softmax probe fits, the posterior of lda and (for spherical classes) of centroid probes. Ridge fits
 * its scores to 0 and 1, and not that: of its loss and its calibration error nothing should be concluded.
 */
export interface SplitMetrics {
  readonly samples: number;
  readonly loss: number;
  readonly error: number;
  /** Null where the label set has fewer than ten classes. */
  readonly top5Error: number | null;
}

/** What a probe did on one split. */
export interface ProbeMetrics extends SplitMetrics {
  /** Expected calibration error, in [0, 1]. */
  readonly calibrationError: number;
}

/** The error of several probes that differ by chance only. */
export interface ErrorSpread {
  /** How many probes. */
  readonly count: number;
  /** Mean and standard deviation (of a sample) of their errors, fractions in [0, 1]. */
  readonly errorMean: number;
  readonly errorSd: number;
}

/**
 * What ridge regression says of each train sample when it is fitted to all others: the part it errs on, and the mean of
 * the squared distance of its scores from the one-hot target.
 */
export interface LeaveOneOut {
  readonly error: number;
  readonly loss: number;
}

/** One trained probe: a row of `measurements.parquet`. */
export interface Measurement {
  readonly tap: string;
  /** The tap's depth in the graph, and its activation's shape before reduction, `28x28x256`. */
  readonly depth: number;
  readonly shape: string;
  readonly reduction: string;
  /** Features after reduction, and those left after constant ones are dropped. */
  readonly features: number;
  readonly usedFeatures: number;
  readonly labelSet: string;
  readonly classes: number;
  /** The kind of probe. */
  readonly probe: ProbeKind;
  /** 0 for kinds that have none. */
  readonly l2: number;
  readonly seed: number;
  /**
   * True for the l2 value and learning rate with the lowest loss on valid, of its tap, reduction and label set; for ridge
   * that with the lowest error, of equal ones the largest.
   */
  readonly selected: boolean;
  /**
   * The probes of its tap, reduction and label set that valid selects from, itself among them. Where there are several,
   * or epochs, the selected one's metrics on valid are a minimum: lower than on samples that nothing was selected by.
   */
  readonly candidates: number;
  readonly train: ProbeMetrics;
  readonly valid: ProbeMetrics;
  /** Read once, for the selected probe; null for the others, and where there is no test split. */
  readonly test: ProbeMetrics | null;
  /** Over the folds of train: each probe scored on the fold that it did not train on. Null without folds. */
  readonly folds: ErrorSpread | null;
  /** The errors behind that: one for each fold of each cut, the same folds for every tap. Empty without folds. */
  readonly foldErrors: readonly number[];
  /** On valid, over labels drawn with several seeds: of the control label set. Null for the others. */
  readonly seeds: ErrorSpread | null;
  /** Exact; null for other kinds than ridge, and where a sample determines its own score to float32 rounding. */
  readonly leaveOneOut: LeaveOneOut | null;
  /**
   * Upper bound on F(W, b) - F*, in nats, on the train split: 0 for kinds with a closed form, infinite where none is
   * known.
   */
  readonly optimalityGap: number;
  /** The learning rate, and the epoch of the lowest loss on valid, at which the weights were taken (0: before the first). */
  readonly learningRate: number | null;
  readonly epoch: number | null;
  /** Whether the gap reached the tolerance; with minibatches whether patience ended the training, and not the cap. */
  readonly converged: boolean;
  /** How often the train split was gone through for this probe. */
  readonly passes: number;
  readonly seconds: number;
}

/** What one selected probe said of one sample. */
export interface Predictions {
  readonly tap: string;
  readonly reduction: string;
  readonly labelSet: string;
  readonly split: 'valid' | 'test';
  /** Sample ids, the true class (-1: none) and the predicted class, by index into `classes`. */
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  readonly predicted: Int32Array;
  readonly classes: readonly string[];
}

/** A selected probe mapped back to raw features: logits = weight h + bias. */
export interface ProbeWeights {
  readonly tap: string;
  readonly reduction: string;
  readonly labelSet: string;
  /** (classes, features), row by row; zero at dropped features. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly features: number;
  readonly classes: readonly string[];
}
