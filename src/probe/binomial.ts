// The binomial distribution by sums outwards from its mode.
//
// With weights w(j) = P(j) / P(mode), w(j + 1) / w(j) = (n - j) / (j + 1) * p / (1 - p). From w(mode) = 1 these fall
// to either side, so that nothing overflows and what underflows does not matter; a few thousand terms do for n of
// millions. Both tails are sums of positive terms, exact to rounding however small they are.

/** Terms below this part of the largest do not count: together they are far below a rounding error of the sum. */
const NEGLIGIBLE = 1e-25;

/** Both tails of Binomial(n, p): P(X <= atMost) and P(X >= atLeast); `p` strictly between 0 and 1. */
export function binomialTails(
  n: number,
  p: number,
  { atMost, atLeast }: { readonly atMost: number; readonly atLeast: number },
): { readonly lower: number; readonly upper: number } {
  let [total, lower, upper] = [0, 0, 0];
  const add = (j: number, weight: number) => {
    total += weight;
    if (j <= atMost) lower += weight;
    if (j >= atLeast) upper += weight;
  };
  eachWeight(n, p, add);
  return { lower: lower / total, upper: upper / total };
}

/** The largest j with P(X <= j) below `level` where X is Binomial(n, p); -1 where there is none. */
export function lastBelow(n: number, p: number, level: number): number {
  const weights = new Map<number, number>();
  let total = 0;
  eachWeight(n, p, (j, weight) => {
    total += weight;
    weights.set(j, weight);
  });
  let [at, sum] = [Math.min(...weights.keys()) - 1, 0];
  while (at < n && sum + (weights.get(at + 1) ?? 0) < level * total) sum += weights.get(++at) ?? 0;
  return at;
}

/** Calls back for every j whose P(j) / P(mode) counts, from the mode downwards and then upwards. */
function eachWeight(n: number, p: number, add: (j: number, weight: number) => void): void {
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const odds = p / (1 - p);
  for (let [j, weight] = [mode, 1]; j >= 0 && weight > NEGLIGIBLE; j--) {
    add(j, weight);
    weight *= j / ((n - j + 1) * odds);
  }
  for (let [j, weight] = [mode, 1]; j < n; ) {
    weight *= ((n - j) / (j + 1)) * odds;
    if (weight < NEGLIGIBLE) break;
    add(++j, weight);
  }
}
