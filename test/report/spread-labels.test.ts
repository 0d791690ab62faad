import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreadLabels } from '../../src/report/spread-labels.js';

const LENGTH = 260;
const wanted = fc.array(fc.double({ min: 0, max: LENGTH, noNaN: true }), { maxLength: 16 });

describe('spreadLabels', () => {
  it('keeps labels apart, within the length and in their order', () => {
    fc.assert(
      fc.property(wanted, (ys) => {
        const placed = spreadLabels(ys, { gap: 16, length: LENGTH });
        const order = ys.map((_, index) => index).sort((a, b) => ys[a]! - ys[b]! || a - b);
        const sorted = order.map((index) => placed[index]!);
        for (const [rank, y] of sorted.entries()) {
          expect(y).toBeGreaterThanOrEqual(-1e-6);
          expect(y).toBeLessThanOrEqual(LENGTH + 1e-6);
          if (rank > 0) expect(y - sorted[rank - 1]!).toBeGreaterThanOrEqual(16 - 1e-6);
        }
      }),
    );
  });

  it('moves no label that touches no other', () => {
    expect(spreadLabels([200, 10, 100], { gap: 16, length: LENGTH })).toEqual([200, 10, 100]);
  });

  it('centres labels that want the same place on it', () => {
    expect(spreadLabels([100, 100], { gap: 16, length: LENGTH })).toEqual([92, 108]);
  });

  it('spaces more labels than fit evenly', () => {
    expect(spreadLabels([5, 5, 5], { gap: 16, length: 20 })).toEqual([0, 10, 20]);
  });
});
