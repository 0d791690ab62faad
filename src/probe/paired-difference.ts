// How much two probes differ on the same samples, and whether that is more than chance: the paired bootstrap, computed
// instead of drawn.
//
// A bootstrap replicate draws n samples with replacement. Only samples that one probe alone gets wrong move the
// difference: with a = newlyRight / n, c = newlyWrong / n and b = 1 - a - c, the change in the number of errors is
//
//     D = D_1 + ... + D_n,    D_i = -1, 0, 1  with probability  a, b, c
//
// exactly, so P(D = d) is the coefficient of x^d in f(x) = (a / x + b + c x)^n. Comparing coefficients in
// x f' (a / x + b + c x) = n f (c x - a / x):
//
//     c (n - d + 1) P(d - 1) = b d P(d) + a (n + d + 1) P(d + 1)
//
// Downwards from d = n to 0 every term is positive, so nothing cancels; below 0, P(-d) = P(d) (a / c)^d.
//
// The interval is from the 2.5th to the 97.5th percentile of D / n. The p-value is that of the bootstrap under the
// hypothesis that neither probe is better (Efron & Tibshirani 1993, section 16.2: resample from a distribution that
// obeys it): each sample that one probe alone gets wrong may as well be the other's, a = c, and
// p = P(|D| >= |newlyWrong - newlyRight|). It rejects no more often than it says, also where few samples differ, where
// reading a p-value off the interval would (up to 1.8 times as often at the levels of a Holm correction). McNemar's exact
// test is the same comparison given the number of samples that differ, and is more cautious.
import type { ErrorInterval } from './error-interval.js';

/** How many of the same samples two probes judge differently. */
export interface PairedCounts {
  readonly samples: number;
  /** Samples that the first probe gets right and the second wrong. */
  readonly newlyWrong: number;
  /** Samples that the first probe gets wrong and the second right. */
  readonly newlyRight: number;
}

/** What the second probe's error is beside the first one's. */
export interface PairedDifference {
  /** The second error less the first: a fraction in [-1, 1]. */
  readonly change: number;
  /** Its 95 % bootstrap interval. */
  readonly interval: ErrorInterval;
  /** Two-sided: how often a change this large, in either direction, comes about where neither probe is better. */
  readonly p: number;
}

const LEVELS = { low: 0.025, high: 0.975 } as const;

/** The paired bootstrap of the difference of two errors, without random numbers: the limit of infinitely many replicates. */
export function pairedDifference({ samples, newlyWrong, newlyRight }: PairedCounts): PairedDifference {
  const more = newlyWrong - newlyRight;
  if (newlyWrong + newlyRight === 0) return { change: 0, interval: { low: 0, high: 0 }, p: 1 };
  const quantile = quantiles(changeDistribution(samples, newlyWrong, newlyRight));
  return {
    change: more / samples,
    interval: { low: quantile(LEVELS.low) / samples, high: quantile(LEVELS.high) / samples },
    p: chanceOf(Math.abs(more), samples, newlyWrong + newlyRight),
  };
}

/** P(|D| >= least) where each of the samples that differ is as likely to be newly wrong as newly right. */
function chanceOf(least: number, samples: number, different: number): number {
  if (least === 0) return 1;
  const even = changeDistribution(samples, different / 2, different / 2);
  // From the far end, where the terms are smallest.
  let sum = 0;
  for (let at = even.length - 1; at >= middleOf(even) + least; at--) sum += even[at]!;
  return Math.min(1, 2 * sum);
}

function quantiles(distribution: Float64Array): (level: number) => number {
  return (level) => {
    let [at, sum] = [0, distribution[0]!];
    while (sum < level && at < distribution.length - 1) sum += distribution[++at]!;
    return at - middleOf(distribution);
  };
}

function middleOf({ length }: Float64Array): number {
  return (length - 1) / 2;
}

/**
 * P(D = -m), ..., P(D = m) where `up` of n samples are newly wrong and `down` newly right, not both zero; they need not
 * be whole numbers. m is n, or as far as probabilities are not zero in a float64.
 */
export function changeDistribution(n: number, up: number, down: number): Float64Array {
  const [often, seldom] = up >= down ? [up, down] : [down, up];
  const logs = upperLogs(n, often, seldom);
  const most = logs.reduce((a, b) => Math.max(a, b));
  const logRatio = Math.log(seldom / often);
  const upper = logs.map((log) => Math.exp(log - most));
  const lower = logs.map((log, d) => Math.exp(log + d * logRatio - most)).subarray(1);
  const total = upper.reduce((a, b) => a + b) + lower.reduce((a, b) => a + b, 0);
  const rising = new Float64Array(lower.length + upper.length);
  rising.set(lower.reverse());
  rising.set(upper, lower.length);
  const distribution = rising.map((value) => value / total);
  return up >= down ? distribution : distribution.reverse();
}

/** No sum of so many samples is further from its mean: 40 deviations are beyond e^-800. Odd with n, even with n. */
function furthest(n: number, often: number, seldom: number): number {
  const reach = Math.ceil(often - seldom + 40 * Math.sqrt(often + seldom)) + 200;
  return n - 2 * Math.max(0, Math.floor((n - reach) / 2));
}

/** log P(D = 0), ..., log P(D = m), each with the same constant added, where c = often / n >= a = seldom / n. */
function upperLogs(n: number, often: number, seldom: number): Float64Array {
  const neither = n - often - seldom;
  const most = furthest(n, often, seldom);
  const logs = new Float64Array(most + 1);
  // P(d + 1) and P(d), both to be multiplied by e to the power of scale: their range is beyond that of a float64.
  let [beyond, here, scale] = [0, 1, 0];
  for (let d = most; d > 0; d--) {
    const next = (neither * d * here + seldom * (n + d + 1) * beyond) / (often * (n - d + 1));
    // Both are 0 where every sample is newly wrong: then D is certain.
    const larger = Math.max(here, next) || 1;
    [beyond, here, scale] = [here / larger, next / larger, scale + Math.log(larger)];
    logs[d - 1] = Math.log(here) + scale;
  }
  return logs;
}
