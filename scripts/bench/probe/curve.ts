/** A solver's way: after so many seconds, such an objective. */
export type Curve = readonly (readonly [seconds: number, objective: number])[];

/**
 * The seconds until the objective is within `level` of the optimum, relative to it; Infinity when it never is.
 * Between the last point above and the first below, the logarithm of the suboptimality falls evenly.
 */
export function secondsTo(curve: Curve, optimum: number, level: number): number {
  const above = (objective: number) => objective / optimum - 1;
  const at = curve.findIndex(([, objective]) => above(objective) <= level);
  if (at < 0) return Number.POSITIVE_INFINITY;
  const [end, reached] = curve[at]!;
  if (at === 0) return end;
  const [start] = curve[at - 1]!;
  // The points before are all above the level, and the lowest of them is the level that was reached.
  const from = Math.min(...curve.slice(0, at).map(([, objective]) => above(objective)));
  const to = above(reached);
  if (to <= 0 || !Number.isFinite(from)) return end;
  return start + ((end - start) * Math.log(from / level)) / Math.log(from / to);
}
