import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorColour } from '../../src/report/error-colour.js';
import { errorPosition, errorScale, scaleColour, scaleTicks } from '../../src/report/error-scale.js';

describe('errorScale', () => {
  it('goes from the lowest error to chance, whatever errs more', () => {
    expect(errorScale({ errors: [0.95, 0.02], chance: 0.9, samples: 1000 })).toEqual({
      low: 0.02,
      high: 0.9,
      highIs: 'chance',
    });
    expect(errorScale({ errors: [0.8, 0.02], chance: null, samples: 1000 })).toEqual({
      low: 0.02,
      high: 0.8,
      highIs: 'highest error',
    });
  });

  it('does not stretch over errors that hardly differ', () => {
    expect(errorScale({ errors: [0.89, 0.91], chance: 0.9, samples: 1000 })).toEqual({
      low: 0.225,
      high: 0.9,
      highIs: 'chance',
    });
  });

  it('takes errors of zero', () => {
    const scale = errorScale({ errors: [0, 0.5], chance: 0.9, samples: 1000 });
    expect(scale.low).toBe(0.0005);
    expect(scaleColour(scale, 0)).toBe(errorColour(0));
    const none = errorScale({ errors: [0], chance: 0, samples: 0 });
    expect(none.low).toBeGreaterThan(0);
    expect(none.high).toBeGreaterThan(none.low);
  });

  it('gives equal ratios of errors equal steps of colour, and never leaves the scale', () => {
    const scale = { low: 0.01, high: 0.81 };
    expect([0.01, 0.03, 0.09, 0.27, 0.81].map((error) => errorPosition(scale, error))).toEqual(
      [0, 0.25, 0.5, 0.75, 1].map((position) => expect.closeTo(position, 12)),
    );
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (error) => {
        expect(errorPosition(scale, error)).toBeGreaterThanOrEqual(0);
        expect(errorPosition(scale, error)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('scaleTicks', () => {
  it('are the ends and round numbers between, apart from each other', () => {
    expect(scaleTicks({ low: 0.0065, high: 0.9 }, 0.08)).toEqual([
      0.0065, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9,
    ]);
    const crowded = scaleTicks({ low: 0.0002, high: 0.98 }, 0.12);
    const positions = crowded.map((error) => errorPosition({ low: 0.0002, high: 0.98 }, error));
    for (const [at, position] of positions.slice(1).entries())
      expect(position - positions[at]!).toBeGreaterThan(0.119);
  });
});
