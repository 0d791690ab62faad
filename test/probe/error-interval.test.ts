import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorInterval, intervalOf } from '../../src/probe/error-interval.js';
import { binomialProbabilities, leastCoverage } from './binomial-coverage.js';

/** Blaker's acceptability of a rate where k of n errors were seen, as the appendix of his paper computes it. */
function acceptability(k: number, n: number, p: number): number {
  const probabilities = binomialProbabilities(n, p);
  const sum = (some: Float64Array) => some.reduce((total, one) => total + one, 0);
  const [atMost, atLeast] = [sum(probabilities.subarray(0, k + 1)), sum(probabilities.subarray(k))];
  const least = Math.min(atMost, atLeast);
  let other = 0;
  const fromFarEnd = atLeast < atMost ? probabilities : [...probabilities].reverse();
  for (const probability of fromFarEnd) {
    if (other + probability > least * (1 + 1e-12)) break;
    other += probability;
  }
  return Math.min(1, least + other);
}

function intervalsUpTo(most: number, n: number) {
  return Array.from({ length: Math.min(n, most) + 1 }, (_, k) => errorInterval(k, n));
}

describe('errorInterval', () => {
  it.each([
    [20, 0.5],
    [50, 0.5],
    [100, 0.5],
    [400, 0.2],
    [2000, 0.02],
    [5000, 0.008],
  ])('holds the true rate in 95 of 100 splits at least: n = %i, rates up to %f', (n, to) => {
    const most = Math.ceil(n * to + 9 * Math.sqrt(n * to) + 20);
    expect(leastCoverage(intervalsUpTo(most, n), { n, from: 0.0005, to })).toBeGreaterThan(0.9499);
  });

  it('goes from 0 to about 3.5 over the samples where there is no error', () => {
    const { low, high } = errorInterval(0, 2000);
    expect(low).toBe(0);
    expect(2000 * high).toBeCloseTo(3.55, 2);
    expect(errorInterval(500, 500)).toEqual({
      low: expect.closeTo(1 - errorInterval(0, 500).high, 12),
      high: 1,
    });
    expect(errorInterval(0, 1)).toEqual({ low: 0, high: expect.closeTo(0.95, 8) });
  });

  it.each([[7], [12], [30]])('holds the rates whose acceptability is above 0.05: n = %i', (n) => {
    for (let k = 0; k <= n; k++) {
      const { low, high } = errorInterval(k, n);
      const accepted = Array.from({ length: 4001 }, (_, at) => at / 4000).filter(
        (p) => p > 0 && p < 1 && acceptability(k, n, p) > 0.05,
      );
      expect(Math.abs(low - accepted[0]!), `${k} of ${n}`).toBeLessThan(1.01 / 4000);
      expect(Math.abs(high - accepted.at(-1)!), `${k} of ${n}`).toBeLessThan(1.01 / 4000);
    }
  });

  it('holds the error, within [0, 1], and that of the right samples mirrors it', () => {
    const counts = fc
      .integer({ min: 1, max: 50_000 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n })));
    const property = fc.property(counts, ([n, k]) => {
      const [{ low, high }, mirrored] = [errorInterval(k, n), errorInterval(n - k, n)];
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(k / n);
      expect(high).toBeGreaterThanOrEqual(k / n);
      expect(high).toBeLessThanOrEqual(1);
      expect(mirrored).toEqual({ low: expect.closeTo(1 - high, 12), high: expect.closeTo(1 - low, 12) });
      expect(high - low).toBeLessThanOrEqual((2 * 2.2 * Math.sqrt((k * (n - k)) / n) + 4) / n);
    });
    fc.assert(property, { numRuns: 40 });
  });

  it('rises with the number of errors, and is wider where it may miss less often', () => {
    const all = intervalsUpTo(60, 60);
    for (const [k, { low, high }] of all.entries()) {
      expect(low).toBeLessThanOrEqual(all[k + 1]?.low ?? 1);
      expect(high).toBeLessThanOrEqual(all[k + 1]?.high ?? 1);
      const wider = errorInterval(k, 60, 0.01);
      expect(wider.low).toBeLessThanOrEqual(low);
      expect(wider.high).toBeGreaterThanOrEqual(high);
    }
  });

  it('is the normal one where errors are many', () => {
    const [k, n] = [384_350, 1_281_167];
    const { low, high } = errorInterval(k, n);
    const half = 1.96 * Math.sqrt(((k / n) * (1 - k / n)) / n);
    expect(Math.abs(k / n - low - half)).toBeLessThan(1e-6);
    expect(Math.abs(high - k / n - half)).toBeLessThan(1e-6);
  });
});

describe('intervalOf', () => {
  it('is that of the whole number of errors that a rate is of', () => {
    expect(intervalOf({ error: 0.1 + 0.2, samples: 10 })).toEqual(errorInterval(3, 10));
  });
});
