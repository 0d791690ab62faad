import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialQuantiles, errorInterval } from '../../src/probe/error-interval.js';

/** scipy 1.x `binom.ppf([.025, .975], n, k / n)`: [n, k, low, high]. */
const SCIPY = [
  [20, 10, 6, 14],
  [100, 50, 40, 60],
  [100, 1, 0, 3],
  [7, 2, 0, 4],
  [1000, 37, 26, 49],
  [2000, 420, 385, 456],
  [10_000, 2107, 2027, 2187],
  [50_000, 11_931, 11_744, 12_118],
  [1_281_167, 384_350, 383_334, 385_367],
  [2_000_000, 123_457, 122_790, 124_124],
  [2_000_000, 1, 0, 3],
  [2_000_000, 1_999_999, 1_999_997, 2_000_000],
  [2_000_000, 1_000_000, 998_614, 1_001_386],
] as const;

/** The smallest j with P(Binomial(n, k / n) <= j) >= parts / 1000, in whole numbers: no rounding. */
function exactQuantile(n: number, k: number, parts: number): number {
  const [errors, right] = [BigInt(k), BigInt(n - k)];
  let [sum, choose] = [0n, 1n];
  for (let j = 0; j <= n; j++) {
    sum += choose * errors ** BigInt(j) * right ** BigInt(n - j);
    if (sum * 1000n >= BigInt(parts) * BigInt(n) ** BigInt(n)) return j;
    choose = (choose * BigInt(n - j)) / BigInt(j + 1);
  }
  return n;
}

describe('errorInterval', () => {
  it.each(SCIPY)('is that of scipy for n = %i, k = %i', (n, k, low, high) => {
    expect(errorInterval(k, n)).toEqual({ low: low / n, high: high / n });
  });

  it('is that of a sum in whole numbers for every k of small n', () => {
    for (let n = 1; n <= 40; n++) {
      for (let k = 0; k <= n; k++) {
        const exact = { low: exactQuantile(n, k, 25) / n, high: exactQuantile(n, k, 975) / n };
        expect(errorInterval(k, n), `n ${n} k ${k}`).toEqual(exact);
      }
    }
  });

  it('is empty where there is no error and where there is nothing else', () => {
    expect(errorInterval(0, 500)).toEqual({ low: 0, high: 0 });
    expect(errorInterval(500, 500)).toEqual({ low: 1, high: 1 });
  });

  it('holds the error, within [0, 1], and that of the right samples mirrors it', () => {
    const counts = fc
      .integer({ min: 1, max: 2_000_000 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n })));
    const property = fc.property(counts, ([n, k]) => {
      const { low, high } = errorInterval(k, n);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(k / n);
      expect(high).toBeGreaterThanOrEqual(k / n);
      expect(high).toBeLessThanOrEqual(1);
      // 4 deviations and a sample hold it, however small k is.
      expect(high - low).toBeLessThanOrEqual((2 * 4 * Math.sqrt((k * (n - k)) / n) + 2) / n);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('is what many bootstrap replicates come to', () => {
    const [n, k, replicates] = [200, 30, 4000];
    let state = 12345;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const drawn = Array.from({ length: replicates }, () => {
      let errors = 0;
      for (let at = 0; at < n; at++) errors += Number(Math.floor(random() * n) < k);
      return errors;
    }).sort((a, b) => a - b);
    const { low, high } = errorInterval(k, n);
    expect(Math.abs(drawn[Math.floor(0.025 * replicates)]! - low * n)).toBeLessThanOrEqual(1);
    expect(Math.abs(drawn[Math.floor(0.975 * replicates)]! - high * n)).toBeLessThanOrEqual(1);
  });
});

describe('binomialQuantiles', () => {
  it('goes through every value as the level rises', () => {
    const quantile = binomialQuantiles(3, 0.5);
    expect([0.01, 0.12, 0.13, 0.49, 0.51, 0.87, 0.88, 1].map(quantile)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });
});
