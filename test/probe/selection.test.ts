import { describe, expect, it } from 'vitest';
import { edgeWarning, selectProbe } from '../../src/probe/selection.js';

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

describe('edgeWarning', () => {
  it('names the end of the grid that was selected, and where to go on', () => {
    expect(edgeWarning('tap a', 0.1, [1, 0.1])).toBe(
      'tap a: the selected l2 0.1 is the smallest of the grid (try smaller ones)',
    );
    expect(edgeWarning('tap a', 1, [1, 0.1])).toContain('the largest of the grid (try larger ones)');
  });

  it('is silent inside the grid, and where there is no choice', () => {
    expect(edgeWarning('tap a', 0.1, [1, 0.1, 0.01])).toBeUndefined();
    expect(edgeWarning('tap a', 0.1, [0.1])).toBeUndefined();
  });
});
