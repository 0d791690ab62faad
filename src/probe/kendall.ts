// Kendall's tau-b: of all pairs, how many agree in their order in x and in y.
//
//     tau_b = (C - D) / sqrt((n0 - n_x) (n0 - n_y))
//
// with C concordant and D discordant pairs of n0 = n (n - 1) / 2, n_x tied in x and n_y tied in y (Kendall 1945).
// Without ties D is, where x and y have nothing to do with each other, the number of inversions of a random permutation:
// the p-value is exact, from their distribution. With ties it is that of a normal variable, whose variance knows of the
// ties (Kendall 1970, chapter 4).
import { normalTail } from './normal-tail.js';

/** How far two orders agree. */
export interface KendallTau {
  /** -1 where one falls as the other rises, 1 where both rise together; null where all values of one are equal. */
  readonly tau: number | null;
  /** Two-sided, for no association; null where tau is. */
  readonly p: number | null;
  readonly method: 'exact' | 'normal';
  /** Pairs in the same order, and in opposite orders; others are tied in x or in y. */
  readonly concordant: number;
  readonly discordant: number;
}

/** More values are not worth the exact distribution, n^3 / 4 steps: the normal one is as good. */
const MOST_EXACT = 300;

/** Kendall's tau-b of values in pairs, with its p-value. */
export function kendallTau(x: readonly number[], y: readonly number[]): KendallTau {
  const n = x.length;
  const { concordant, discordant } = countPairs(x, y);
  const [tiesX, tiesY] = [tiesOf(x), tiesOf(y)];
  const pairs = (n * (n - 1)) / 2;
  const spread = Math.sqrt((pairs - tiesX.pairs) * (pairs - tiesY.pairs));
  const method = tiesX.pairs + tiesY.pairs === 0 && n <= MOST_EXACT ? 'exact' : 'normal';
  if (!(spread > 0)) return { tau: null, p: null, method, concordant, discordant };
  const p =
    method === 'exact'
      ? exactP(n, Math.min(concordant, discordant))
      : normalTail(Math.abs(concordant - discordant) / Math.sqrt(varianceOf(n, tiesX, tiesY)));
  return { tau: (concordant - discordant) / spread, p, method, concordant, discordant };
}

function countPairs(x: readonly number[], y: readonly number[]): { concordant: number; discordant: number } {
  let [concordant, discordant] = [0, 0];
  for (let later = 1; later < x.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const order = Math.sign(x[later]! - x[earlier]!) * Math.sign(y[later]! - y[earlier]!);
      if (order > 0) concordant += 1;
      if (order < 0) discordant += 1;
    }
  }
  return { concordant, discordant };
}

/** Sums over groups of t equal values: pairs t (t - 1) / 2, t (t - 1) (t - 2), and t (t - 1) (2 t + 5). */
interface Ties {
  readonly pairs: number;
  readonly triples: number;
  readonly weighted: number;
}

function tiesOf(values: readonly number[]): Ties {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const sum = (of: (t: number) => number) => [...counts.values()].reduce((total, t) => total + of(t), 0);
  return {
    pairs: sum((t) => (t * (t - 1)) / 2),
    triples: sum((t) => t * (t - 1) * (t - 2)),
    weighted: sum((t) => t * (t - 1) * (2 * t + 5)),
  };
}

/** Of C - D where there is no association. */
function varianceOf(n: number, x: Ties, y: Ties): number {
  const m = n * (n - 1);
  const third = n > 2 ? (x.triples * y.triples) / (9 * m * (n - 2)) : 0;
  return (m * (2 * n + 5) - x.weighted - y.weighted) / 18 + (2 * x.pairs * y.pairs) / m + third;
}

/** P that a random permutation of n has at most `fewer` inversions, or that many fewer than the most: doubled. */
function exactP(n: number, fewer: number): number {
  if (2 * fewer >= (n * (n - 1)) / 2) return 1;
  let distribution = new Float64Array(fewer + 1);
  distribution[0] = 1;
  // The j-th value goes to one of j places, and makes 0, 1 ... or j - 1 inversions.
  for (let j = 2; j <= n; j++) distribution = averaged(distribution, j);
  return Math.min(1, 2 * distribution.reduce((sum, value) => sum + value, 0));
}

function averaged(values: Float64Array, width: number): Float64Array<ArrayBuffer> {
  const means = new Float64Array(values.length);
  let window = 0;
  for (let at = 0; at < values.length; at++) {
    window += values[at]! - (at >= width ? values[at - width]! : 0);
    means[at] = window / width;
  }
  return means;
}
