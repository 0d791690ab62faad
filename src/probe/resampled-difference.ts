// How much two probes differ over training samples: the corrected resampled t-test (Nadeau & Bengio 2003, Machine Learning
// 52: 239-281; for several cuts into folds Bouckaert & Frank 2004, PAKDD: 3-12).
//
// Train is cut into K folds, R times; d_j is the difference of the errors of two probes on the j-th of J = K R folds, both
// trained on the K - 1 others. With their mean m and variance s^2 (divided by J - 1),
//
//     t = m / sqrt((1 / J + n_test / n_train) s^2),    J - 1 degrees of freedom,    n_test / n_train = 1 / (K - 1)
//
// The training samples of two folds have most of their rows in common, so that s^2 / J alone is too small; the second term
// stands for what they have in common. The folds differ in the samples trained on and in those scored, so this holds the
// noise of both. Draws of labels (`--seeds` of the label set `random`) are another thing, and not compared here.
import type { ErrorInterval } from './error-interval.js';
import { studentDeviate, studentTail } from './student-tail.js';

/** What the second probe's error is beside the first one's, over the folds of train. */
export interface ResampledDifference {
  /** The mean over the folds of the second error less the first: a fraction in [-1, 1]. */
  readonly change: number;
  /** Its 95 % interval. */
  readonly interval: ErrorInterval;
  /** Two-sided: how often a change this large comes about where neither probe is better. */
  readonly p: number;
}

const MISSES = 0.05;

/**
 * The corrected resampled t-test of two probes' errors on the same folds; null for fewer than two.
 *
 * @param before - the errors of the first probe, one for each fold of each cut, fractions.
 * @param after - those of the second, in the same order.
 * @param folds - how many folds each cut has, from 2.
 */
export function resampledDifference(
  before: readonly number[],
  after: readonly number[],
  folds: number,
): ResampledDifference | null {
  const count = before.length;
  if (count < 2 || after.length !== count) return null;
  const differences = after.map((error, at) => error - before[at]!);
  const change = differences.reduce((sum, one) => sum + one, 0) / count;
  const squares = differences.reduce((sum, one) => sum + (one - change) ** 2, 0);
  const error = Math.sqrt((1 / count + 1 / (folds - 1)) * (squares / (count - 1)));
  const half = studentDeviate(MISSES, count - 1) * error;
  return {
    change,
    interval: { low: Math.max(-1, change - half), high: Math.min(1, change + half) },
    p: change === 0 ? 1 : studentTail(Math.abs(change) / error, count - 1),
  };
}
