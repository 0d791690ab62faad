import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepAxis } from '../../src/report/step-axis.js';

describe('stepAxis', () => {
  it('is to scale where steps are about evenly spaced', () => {
    expect(stepAxis([0, 500, 1000, 2000])).toEqual({
      title: 'training step',
      positions: [0, 0.25, 0.5, 1],
    });
  });

  it('is logarithmic where steps grow by factors, and begins at 0 all the same', () => {
    const { title, positions } = stepAxis([0, 10, 100, 1000, 10_000]);
    expect(title).toBe('training step, log scale');
    const expected = [0, 2, 11, 101, 1001].map((value) => Math.log(Math.max(1, value)) / Math.log(1001));
    for (const [at, position] of positions.entries()) expect(position).toBeCloseTo(expected[at]!, 12);
  });

  it('goes from 0 to 1 and keeps the order of any steps', () => {
    const steps = fc.uniqueArray(fc.nat(1e6), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(steps, (some) => {
        const { positions } = stepAxis([...some].sort((a, b) => a - b));
        expect([positions[0], positions.at(-1)]).toEqual([0, 1]);
        expect(positions.slice(1).every((position, at) => position > positions[at]!)).toBe(true);
      }),
    );
  });
});
