// Which of two error rates is lower, and whether one is lower than a known rate, beyond the noise of a finite split.
//
// Wilson's score interval of a rate p from n samples, at z standard errors:
//     (p + z^2 / 2n ± z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
// and Newcombe's interval of a difference p - q from the Wilson intervals (l, u) of both:
//     p - q - sqrt((p - l_p)^2 + (u_q - q)^2)   to   p - q + sqrt((u_p - p)^2 + (q - l_q)^2)
// (Newcombe 1998, Statistics in Medicine 17: 873-890, method 10). Both hold where there is no error at all, as the
// normal approximation does not. Two probes that are tested on the same samples err on the same ones, so that their
// difference is less noisy than this takes it for: what is called lower here is lower.

import type { ErrorInterval } from './error-interval.js';

/** An error rate: a fraction in [0, 1], and the samples that it is of. */
export interface ErrorRate {
  readonly error: number;
  readonly samples: number;
}

/**
 * How many standard errors make a difference: one in 370 comparisons goes beyond them where there is none, few enough
 * for the hundreds of comparisons that a run is good for.
 */
const STANDARD_ERRORS = 3;

/** Wilson's score interval of an error rate. */
export function scoreInterval(
  { error, samples }: ErrorRate,
  standardErrors = STANDARD_ERRORS,
): ErrorInterval {
  if (samples === 0) return { low: 0, high: 1 };
  const square = standardErrors ** 2;
  const middle = error + square / (2 * samples);
  const half = standardErrors * Math.sqrt((error * (1 - error)) / samples + square / (4 * samples * samples));
  const scale = 1 + square / samples;
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}

/** Newcombe's interval of the first error rate less the second. */
export function differenceInterval(
  first: ErrorRate,
  second: ErrorRate,
  standardErrors = STANDARD_ERRORS,
): ErrorInterval {
  const [a, b] = [scoreInterval(first, standardErrors), scoreInterval(second, standardErrors)];
  const difference = first.error - second.error;
  return {
    low: difference - Math.hypot(first.error - a.low, b.high - second.error),
    high: difference + Math.hypot(a.high - first.error, second.error - b.low),
  };
}

/** Whether the first error rate is lower than the second beyond the noise. */
export function isLower(first: ErrorRate, second: ErrorRate): boolean {
  return differenceInterval(first, second).high < 0;
}

/** Whether an error rate is lower than a known one, such as chance, beyond the noise. */
export function isBelow(rate: ErrorRate, known: number): boolean {
  return scoreInterval(rate).high < known;
}
