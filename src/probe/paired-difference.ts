// How much two probes differ on the same samples, and whether that is more than chance.
//
// Only samples that one probe alone gets wrong move the difference: with a = newlyRight / n and c = newlyWrong / n the
// change is c - a. Its interval combines Wilson's intervals (l, u) of both shares (Newcombe 1998, Statistics in Medicine
// 17: 873-890; Zou & Donner 2008, the same 27: 1693-1702), r being their correlation, -sqrt(a c / ((1 - a) (1 - c))):
//
//     low  = c - a - sqrt((c - l_c)^2 + (u_a - a)^2 - 2 r (c - l_c) (u_a - a))
//     high = c - a + sqrt((u_c - c)^2 + (a - l_a)^2 - 2 r (u_c - c) (a - l_a))
//
// Of 2,000 samples of which on average 0.02 to 45 differ either way, it held the true change in at least 94.8 of 100
// splits, with either end beyond it in at most 2.6. The percentiles of the bootstrap held it in 4.9 of 100 where few
// samples differ, and were 0 to 0 where none does; Tango's score interval in 93.2, 3 % narrower.
//
// The p-value is that of the paired bootstrap, computed instead of drawn. A replicate draws n samples with replacement:
// with b = 1 - a - c, its change in the number of errors is
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
// The p-value is under the hypothesis that neither probe is better (Efron & Tibshirani 1993, section 16.2: resample from
// a distribution that obeys it): each sample that one probe alone gets wrong may as well be the other's, a = c, and
// p = P(|D| >= |newlyWrong - newlyRight|). It rejects no more often than it says, also where few samples differ.
// McNemar's exact test is the same comparison given the number of samples that differ, and is more cautious.
import type { ErrorInterval } from './error-interval.js';
import { scoreInterval } from './error-rate.js';
import { normalDeviate } from './normal-tail.js';

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
  /** Its 95 % interval. */
  readonly interval: ErrorInterval;
  /** Two-sided: how often a change this large, in either direction, comes about where neither probe is better. */
  readonly p: number;
}

/** How often the interval of a change may miss the true one. */
const MISSES = 0.05;

/** The difference of two errors on the same samples: its 95 % interval, and how often one so large comes about by chance. */
export function pairedDifference(counts: PairedCounts): PairedDifference {
  const { samples, newlyWrong, newlyRight } = counts;
  const more = newlyWrong - newlyRight;
  return {
    change: more / samples,
    interval: pairedInterval(counts),
    p: chanceOf(Math.abs(more), samples, newlyWrong + newlyRight),
  };
}

/** The interval of the second error less the first; `misses` is how often it may miss the true difference. */
export function pairedInterval(
  { samples, newlyWrong, newlyRight }: PairedCounts,
  misses: number = MISSES,
): ErrorInterval {
  const deviations = normalDeviate(misses);
  const share = (count: number) => {
    const error = count / samples;
    const { low, high } = scoreInterval({ error, samples }, deviations);
    return { error, below: error - low, above: high - error };
  };
  const [worse, better] = [share(newlyWrong), share(newlyRight)];
  const odds = ({ error }: { error: number }) => (error === 1 ? 0 : error / (1 - error));
  const correlation = -Math.sqrt(odds(worse) * odds(better));
  const reach = (a: number, b: number) => Math.sqrt(a * a + b * b - 2 * correlation * a * b);
  const change = worse.error - better.error;
  return {
    low: Math.max(-1, change - reach(worse.below, better.above)),
    high: Math.min(1, change + reach(worse.above, better.below)),
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
