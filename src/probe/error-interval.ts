// The bootstrap interval of an error rate, computed instead of drawn.
//
// A bootstrap replicate draws n samples with replacement from n of which k are errors, so its number of errors is
// Binomial(n, k / n), exactly. The interval is from the 2.5th to the 97.5th percentile of that distribution over n,
// which is what more and more random replicates would come to (Efron & Tibshirani 1993, section 13.3: the percentile
// interval).
//
// With weights w(j) = P(j) / P(mode), w(j + 1) / w(j) = (n - j) / (j + 1) * p / (1 - p). From w(mode) = 1 these fall
// to either side, so that nothing overflows and what underflows does not matter; a few thousand terms do for n of
// millions.

/** A 95 % interval of an error rate: fractions in [0, 1]. */
export interface ErrorInterval {
  readonly low: number;
  readonly high: number;
}

const LEVELS = { low: 0.025, high: 0.975 } as const;

/** Terms below this part of the largest do not count: together they are far below a rounding error of the sum. */
const NEGLIGIBLE = 1e-25;

/**
 * The 95 % bootstrap interval (percentile method) of the error rate of a probe with so many errors in so many
 * independent samples. No random numbers: it is the limit of infinitely many replicates. It is [0, 0] where there is
 * no error, as the bootstrap's always is.
 *
 * @param errors - a whole number from 0 to `samples`.
 * @param samples - at least 1.
 */
export function errorInterval(errors: number, samples: number): ErrorInterval {
  const quantile = binomialQuantiles(samples, errors / samples);
  return { low: quantile(LEVELS.low) / samples, high: quantile(LEVELS.high) / samples };
}

/** The interval of an error that so many samples have; the number of errors is a whole one. */
export function intervalOf({
  error,
  samples,
}: {
  readonly error: number;
  readonly samples: number;
}): ErrorInterval {
  return errorInterval(Math.round(error * samples), samples);
}

/** The quantile function of Binomial(n, p): the smallest number of successes whose cumulated probability reaches `level`. */
export function binomialQuantiles(n: number, p: number): (level: number) => number {
  if (p <= 0) return () => 0;
  if (p >= 1) return () => n;
  const { first, weights } = binomialWeights(n, p);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (level) => {
    let [at, sum] = [0, weights[0]!];
    while (sum < level * total && at < weights.length - 1) sum += weights[++at]!;
    return first + at;
  };
}

/** P(first), P(first + 1) ... over P(mode), as far as they count. */
function binomialWeights(n: number, p: number): { first: number; weights: readonly number[] } {
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const odds = p / (1 - p);
  const below: number[] = [];
  for (let [j, weight] = [mode, 1]; j > 0; j--) {
    weight *= j / ((n - j + 1) * odds);
    if (weight < NEGLIGIBLE) break;
    below.push(weight);
  }
  const above = [1];
  for (let [j, weight] = [mode, 1]; j < n; j++) {
    weight *= ((n - j) / (j + 1)) * odds;
    if (weight < NEGLIGIBLE) break;
    above.push(weight);
  }
  return { first: mode - below.length, weights: [...below.reverse(), ...above] };
}
