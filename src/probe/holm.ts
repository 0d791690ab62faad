/**
 * Holm's correction for several tests (Holm 1979): the i-th smallest of m p-values times m - i + 1, and at least as large
 * as those of smaller ones, at most 1. Rejecting those at most 0.05 errs at all in at most 5 % of families, however
 * the tests depend on each other.
 *
 * @returns the adjusted p-values, in the order given.
 */
export function holmAdjusted(p: readonly number[]): readonly number[] {
  const order = p.map((_, at) => at).sort((a, b) => p[a]! - p[b]! || a - b);
  const adjusted = new Array<number>(p.length).fill(1);
  let least = 0;
  for (const [rank, at] of order.entries()) {
    least = Math.max(least, Math.min(1, p[at]! * (p.length - rank)));
    adjusted[at] = least;
  }
  return adjusted;
}
