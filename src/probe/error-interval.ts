// The interval of an error rate (Blaker 2000, Canadian Journal of Statistics 28: 783-798).
//
// Of X ~ Binomial(n, p) errors, k were seen. With U(p) = P(X >= k) and L_j(p) = P(X <= j), the acceptability of a rate
// p < k / n is how often a count is at least as extreme as k, in either tail:
//
//     a(p) = U(p) + L_j(p),    j the largest with L_j(p) <= U(p)
//
// and the interval holds every p with a(p) > 0.05. A true rate is outside of it in at most 5 % of splits, whatever the
// rate and n, as for Clopper & Pearson (1934), within whose interval it lies. The lower end: up to the point p_0 with
// U = 0.025, where theirs ends, a is at most 0.05. From there on j rises at the point p_1 with L_{j+1} = U > 0.025, where
// a is 2 U > 0.05; between p_0 and p_1 it falls and then rises, so that it passes 0.05 once or not at all. The upper end
// is the mirror image: 1 less the lower end for n - k.
//
// Why this one: least coverage over rates from 0.05 to 50 %, and mean width over them (equally spaced logarithms)
// beside that of Clopper & Pearson, by sums over the binomial distribution:
//
//     n                     20             100            2,000
//     bootstrap         0.010  0.48    0.049  0.74    0.632  0.96
//     Wilson            0.837  0.92    0.838  0.96    0.916  0.98
//     Jeffreys          0.893  0.80    0.880  0.88    0.905  0.97
//     mid-P             0.929  0.88    0.921  0.91    0.917  0.97
//     Agresti-Coull     0.929  1.02    0.938  1.02    0.944  0.99
//     Clopper-Pearson   0.958  1       0.950  1       0.950  1
//     Blaker            0.950  0.95    0.950  0.96    0.950  0.99

import { binomialTails, lastBelow } from './binomial.js';

/** An interval of an error rate, or of the difference of two: fractions. */
export interface ErrorInterval {
  readonly low: number;
  readonly high: number;
}

/** How often the interval of an error may miss the true one. */
const MISSES = 0.05;

/** How far the tail at an end may be from what it should be. */
const PRECISION = 1e-12;

/** Ends are moved outwards by this part of them, more than they are imprecise: a rate at an end is inside. */
const OUTWARDS = 1e-9;

/**
 * The interval (Blaker's) of the error rate of a probe with so many errors in so many independent samples: that of 95 %,
 * unless `misses` says how often it may miss the true rate. Where there is no error it goes from 0 to about 3.5 / samples.
 *
 * @param errors - a whole number from 0 to `samples`.
 * @param samples - at least 1.
 */
export function errorInterval(errors: number, samples: number, misses: number = MISSES): ErrorInterval {
  return {
    low: lowerEnd(errors, samples, misses),
    high: 1 - lowerEnd(samples - errors, samples, misses),
  };
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

/** The 95 % intervals of the errors of a split; null where there is no such error. */
export function intervalsOf(
  metrics: {
    readonly samples: number;
    readonly error: number;
    readonly top5Error: number | null;
  } | null,
): { readonly error: ErrorInterval | null; readonly top5: ErrorInterval | null } {
  if (metrics === null || metrics.samples === 0) return { error: null, top5: null };
  const { samples, error, top5Error } = metrics;
  const top5 = top5Error === null ? null : intervalOf({ error: top5Error, samples });
  return { error: intervalOf({ error, samples }), top5 };
}

function lowerEnd(k: number, n: number, misses: number): number {
  if (k === 0) return 0;
  const tails = (p: number, j: number) => binomialTails(n, p, { atMost: j, atLeast: k });
  const start = rootOf((p) => tails(p, -1).upper - misses / 2, 0, k / n);
  const j = lastBelow(n, start, misses / 2);
  const jump = rootOf((p) => difference(tails(p, j + 1)), start, k / n);
  const excess = (p: number) => sum(tails(p, j)) - misses;
  const end = excess(jump) <= 0 ? jump : rootOf(excess, start, jump);
  return end * (1 - OUTWARDS);
}

type Tails = ReturnType<typeof binomialTails>;

function sum({ lower, upper }: Tails): number {
  return lower + upper;
}

function difference({ lower, upper }: Tails): number {
  return upper - lower;
}

/**
 * Where a function that rises through 0 between `low` and `high` passes it, to {@link PRECISION} of its value: by halves
 * until both ends are known, then by regula falsi, the value at an end that stays halved (Illinois).
 */
function rootOf(f: (p: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  let [atA, atB, side] = [Number.NaN, Number.NaN, 0];
  for (;;) {
    const isKnown = !Number.isNaN(atA + atB);
    const p = isKnown ? a - (atA * (b - a)) / (atB - atA) : (a + b) / 2;
    const value = f(p);
    if (Math.abs(value) < PRECISION || p <= a || p >= b) return p;
    const again = Math.sign(value) === side;
    side = Math.sign(value);
    if (value < 0) [a, atA, atB] = [p, value, again ? atB / 2 : atB];
    else [b, atB, atA] = [p, value, again ? atA / 2 : atA];
  }
}
