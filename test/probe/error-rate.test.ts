import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceInterval, isBelow, isLower, scoreInterval } from '../../src/probe/error-rate.js';

const rate = (errors: number, samples: number) => ({ error: errors / samples, samples });
const NORMAL_95 = 1.959964;

describe('scoreInterval', () => {
  // Newcombe 1998, Statistics in Medicine 17: 857-872, table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('is as published for %i of %i', (errors, samples, low, high) => {
    const interval = scoreInterval(rate(errors, samples), NORMAL_95);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('holds the rate, lies in [0, 1], and narrows with more samples', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 40 }), (errors, more) => {
        const [few, many] = [scoreInterval(rate(errors, 50)), scoreInterval(rate(errors * more, 50 * more))];
        expect(few.low).toBeLessThanOrEqual(errors / 50 + 1e-12);
        expect(few.high).toBeGreaterThanOrEqual(errors / 50 - 1e-12);
        expect(many.high - many.low).toBeLessThanOrEqual(few.high - few.low + 1e-12);
        expect(few.low >= 0 && few.high <= 1).toBe(true);
      }),
    );
  });

  it('knows nothing without samples', () => {
    expect(scoreInterval({ error: 0, samples: 0 })).toEqual({ low: 0, high: 1 });
  });
});

describe('differenceInterval', () => {
  // Newcombe 1998, Statistics in Medicine 17: 873-890, table II, method 10.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [10, 10, 0, 10, 0.6075, 1],
  ])('is as published for %i of %i and %i of %i', (errors, samples, otherErrors, otherSamples, low, high) => {
    const interval = differenceInterval(rate(errors, samples), rate(otherErrors, otherSamples), NORMAL_95);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });
});

describe('isLower', () => {
  it('is never so for the same rate, nor both ways', () => {
    const any = fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1000, max: 5000 }));
    fc.assert(
      fc.property(any, any, ([errors, samples], [otherErrors, otherSamples]) => {
        const [a, b] = [rate(errors, samples), rate(otherErrors, otherSamples)];
        expect(isLower(a, a)).toBe(false);
        expect(isLower(a, b) && isLower(b, a)).toBe(false);
      }),
    );
  });

  it('takes three standard errors', () => {
    // The deviation of a difference of two rates of 10 % in 10,000 samples is 0.42 %.
    expect(isLower(rate(1000, 10_000), rate(1115, 10_000))).toBe(false);
    expect(isLower(rate(1000, 10_000), rate(1145, 10_000))).toBe(true);
    expect(isBelow(rate(885, 1000), 0.9)).toBe(false);
    expect(isBelow(rate(850, 1000), 0.9)).toBe(true);
  });
});
