import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureStandardisation, standardiseInto } from '../../src/probe/standardise.js';
import { standardisedRows } from './reference-solver.js';
import { arraySource, drawSplit } from './small-problem.js';

const column = { tap: 'add_5', reduction: 'average-pool' };

function measure(values: Float32Array, features: number, blockRows?: number) {
  return measureStandardisation(arraySource(values, features, blockRows), column);
}

describe('measureStandardisation', () => {
  it('standardises as two plain float64 passes do, whatever the blocks', async () => {
    const sizes = fc.record({
      rows: fc.integer({ min: 2, max: 30 }),
      blockRows: fc.integer({ min: 1, max: 40 }),
    });
    const property = fc.asyncProperty(sizes, fc.nat(99), async ({ rows, blockRows }, seed) => {
      const { features } = drawSplit({ rows, features: 5, classes: 2, noise: 1, seed, part: 'train' });
      const standardisation = await measure(features, 5, blockRows);
      const out = new Float32Array(rows * 5);
      expect(standardiseInto(out, features, standardisation)).toBe(true);
      const expected = standardisedRows(features, 5).flat();
      for (const [at, value] of expected.entries()) expect(out[at]).toBeCloseTo(value, 5);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it('keeps its precision where the mean is a million deviations away', async () => {
    const values = Float32Array.from({ length: 1000 }, (_, at) => 2 ** 20 + (at % 2));
    const { mean, scale } = await measure(values, 1);
    expect(mean[0]).toBe(2 ** 20 + 0.5);
    expect(scale[0]).toBe(2);
  });

  it('gives nothing to features that do not vary, or vary by no more than float32 rounds', async () => {
    const rounding = 1000 * (1 + 2 ** -23);
    const values = Float32Array.from([7, 1, 1000, 0, 7, 2, rounding, 0, 7, 4, 1000, 0]);
    const { scale, features, usedFeatures } = await measure(values, 4);
    expect([...scale].map((value) => value > 0)).toEqual([false, true, false, false]);
    expect({ features, usedFeatures }).toEqual({ features: 4, usedFeatures: 1 });
  });

  it.each([1e-42, 1e-36, 1e-31, 1e31, 1e38])(
    'standardises features of deviation %d, which float32 cannot square',
    async (size) => {
      const values = Float32Array.from([-1, 1, 3, -2, 0.5, -1.5, 2], (value) => size * value);
      const standardisation = await measure(values, 1);
      const out = new Float32Array(values.length);
      expect(standardiseInto(out, values, standardisation)).toBe(true);
      const squares = out.reduce((sum, value) => sum + value * value, 0);
      expect(standardisation.usedFeatures).toBe(1);
      expect(squares / values.length).toBeCloseTo(1, 5);
    },
  );

  it('turns a column without a varying feature into zeros', async () => {
    const values = new Float32Array(12).fill(3);
    const standardisation = await measure(values, 4);
    const out = new Float32Array(12).fill(9);
    standardiseInto(out, values, standardisation);
    expect(standardisation.usedFeatures).toBe(0);
    expect(out.every((value) => value === 0)).toBe(true);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %f, naming tap, reduction and row',
    async (wrong) => {
      const values = new Float32Array(60).map((_, at) => at);
      values[4 * 11 + 2] = wrong;
      await expect(measure(values, 4)).rejects.toThrow(
        `feature not finite: ${wrong} in tap add_5, reduction average-pool, train row 11, feature 2`,
      );
    },
  );
});
