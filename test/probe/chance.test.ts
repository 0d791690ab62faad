import { describe, expect, it } from 'vitest';
import { chanceOf } from '../../src/probe/chance.js';

describe('chanceOf', () => {
  it('is 90 % and log 10 for ten equally frequent classes', () => {
    const labels = Int32Array.from({ length: 500 }, (_, at) => at % 10);
    expect(chanceOf(labels, 10)).toEqual({ error: 0.9, loss: expect.closeTo(Math.log(10), 12) });
  });

  it('is the error of the most frequent class and the entropy of the classes, whatever has no label', () => {
    const chance = chanceOf(Int32Array.of(0, 2, 2, -1, 2, -1), 4);
    expect(chance!.error).toBe(0.25);
    expect(chance!.loss).toBeCloseTo(-(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)), 12);
  });

  it('is 0 where there is one class alone, and null without labels', () => {
    expect(chanceOf(Int32Array.of(1, 1), 3)).toEqual({ error: 0, loss: 0 });
    expect(chanceOf(Int32Array.of(-1), 3)).toBeNull();
  });
});
