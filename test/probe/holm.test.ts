import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holmAdjusted } from '../../src/probe/holm.js';

describe('holmAdjusted', () => {
  it("is R's p.adjust(c(0.01, 0.04, 0.03, 0.005), 'holm')", () => {
    const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005]);
    for (const [at, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[at]).toBeCloseTo(p, 15);
  });

  it('rejects what the step-down procedure rejects, at any level', () => {
    const several = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    const property = fc.property(several, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (p, level) => {
      const adjusted = holmAdjusted(p);
      // Holm's own words: smallest first, against level / m, level / (m - 1) ..., up to the first that is not rejected.
      const order = p.map((_, at) => at).sort((a, b) => p[a]! - p[b]!);
      const stop = order.findIndex((at, rank) => p[at]! * (p.length - rank) > level);
      const rejected = new Set(stop < 0 ? order : order.slice(0, stop));
      for (const [at, value] of adjusted.entries()) expect(value <= level).toBe(rejected.has(at));
    });
    fc.assert(property);
  });

  it('is empty of nothing, changes a single value not at all, and never exceeds 1', () => {
    expect(holmAdjusted([])).toEqual([]);
    expect(holmAdjusted([0.2])).toEqual([0.2]);
    expect(holmAdjusted([0.6, 0.9])).toEqual([1, 1]);
  });
});
