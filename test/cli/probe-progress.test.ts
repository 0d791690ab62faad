import { describe, expect, it } from 'vitest';
import { TimeLeft } from '../../src/cli/probe-progress.js';

describe('the time left of a sweep', () => {
  it('is not known before a column is trained', () => {
    expect(new TimeLeft().of([100, 100])).toBeNaN();
  });

  it('is by passes and bytes as in the columns before', () => {
    const left = new TimeLeft();
    left.add(10, 100, 5);
    expect(left.of([100, 200])).toBeCloseTo(5 + 10);
    left.add(30, 100, 15);
    expect(left.of([100])).toBeCloseTo(10);
    expect(left.of([])).toBe(0);
  });

  it('falls with the passes of the column at hand, and never below what comes after it', () => {
    const left = new TimeLeft();
    left.add(10, 100, 5);
    expect(left.of([100, 100], 4)).toBeCloseTo(3 + 5);
    expect(left.of([100, 100], 25)).toBeCloseTo(5);
  });
});
