import type { ErrorInterval } from '../../src/probe/error-interval.js';

/** The probabilities of 0, 1 ... n successes of Binomial(n, p), by sums outwards from the mode. */
export function binomialProbabilities(n: number, p: number): Float64Array {
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const weights = new Float64Array(n + 1);
  weights[mode] = 1;
  for (let j = mode; j > 0; j--) weights[j - 1] = (weights[j]! * j * (1 - p)) / ((n - j + 1) * p);
  for (let j = mode; j < n; j++) weights[j + 1] = (weights[j]! * (n - j) * p) / ((j + 1) * (1 - p));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * The least probability with which the interval of the number of errors holds the true rate, over rates between `from` and
 * `to`: on a dense grid, and on both sides of every end of an interval, where coverage jumps.
 *
 * @param intervals - of 0, 1 ... errors in n samples, as many as rates up to `to` can give.
 */
export function leastCoverage(
  intervals: readonly ErrorInterval[],
  { n, from, to }: { readonly n: number; readonly from: number; readonly to: number },
): number {
  const grid = Array.from({ length: 200 }, (_, at) => from * (to / from) ** (at / 199));
  const ends = intervals.flatMap(({ low, high }) => [low, high].flatMap((end) => [end - 1e-9, end + 1e-9]));
  const rates = [...grid, ...ends.filter((rate) => rate >= from && rate <= to)];
  return rates.reduce((least, rate) => Math.min(least, coverage(intervals, n, rate)), 1);
}

function coverage(intervals: readonly ErrorInterval[], n: number, rate: number): number {
  const probabilities = binomialProbabilities(n, rate);
  return intervals.reduce(
    (sum, { low, high }, k) => sum + (low <= rate && rate <= high ? probabilities[k]! : 0),
    0,
  );
}
