import { describe, expect, it } from 'vitest';
import { selectProbe } from '../../src/probe/selection.js';

describe('selectProbe', () => {
  it('takes the lowest valid loss', () => {
    const candidates = [0.5, 0.3, 0.4].map((validLoss, at) => ({ validLoss, l2: 10 ** -at }));
    expect(selectProbe(candidates)).toBe(1);
  });

  it('takes the larger l2 of equal losses, whatever the order', () => {
    expect(
      selectProbe([
        { l2: 1, validLoss: 2 },
        { l2: 0.1, validLoss: 2 },
      ]),
    ).toBe(0);
    expect(
      selectProbe([
        { l2: 0.1, validLoss: 2 },
        { l2: 1, validLoss: 2 },
      ]),
    ).toBe(1);
  });

  it('takes no probe without a loss where another has one', () => {
    for (const losses of [
      [Number.NaN, 2],
      [2, Number.NaN],
    ]) {
      const candidates = losses.map((validLoss, at) => ({ validLoss, l2: 10 ** -at }));
      expect(candidates[selectProbe(candidates)]!.validLoss).toBe(2);
    }
  });

  it('takes the largest l2 where no loss is finite', () => {
    const validLoss = Number.POSITIVE_INFINITY;
    expect(
      selectProbe([
        { l2: 1, validLoss },
        { l2: 0.1, validLoss },
      ]),
    ).toBe(0);
  });
});
