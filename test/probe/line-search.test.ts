import { describe, expect, it } from 'vitest';
import { interpolate, lineSearch } from '../../src/probe/line-search.js';
import { Objective } from '../../src/probe/point.js';
import type { Asking } from '../../src/probe/solver-protocol.js';
import { drive, referenceMinimum } from './reference-solver.js';

const reference = { rows: [[-1], [1], [2]], labels: [0, 1, 0], classes: 2 };
const shape = { features: 1, classes: 2 };

function* search(along: number, times: number): Asking<number | undefined> {
  const objective = new Objective(shape, 0.1);
  const start = yield* objective.at(new Float64Array(4), false);
  const direction = start.gradient.map((value) => along * value);
  const end = yield* lineSearch(objective, start, { direction, curvature: false });
  return end === undefined ? undefined : (start.objective - end.objective) * times;
}

describe('lineSearch', () => {
  it('finds a lower point along a direction that is far too long', () => {
    const { result, passes } = drive(search(-1e4, 1), reference);
    expect(result).toBeGreaterThan(0);
    expect(passes).toBeLessThan(10);
  });

  it('takes the full step where that is good', () => {
    expect(drive(search(-1, 1), reference).passes).toBe(2);
  });

  it('refuses a direction that leads up, without a pass', () => {
    expect(drive(search(1, 1), reference)).toEqual({ result: undefined, passes: 1 });
  });

  it('cannot go below the optimum', () => {
    const atZero = Math.log(2);
    const { result } = drive(search(-3, 1), reference);
    expect(atZero - result!).toBeGreaterThanOrEqual(referenceMinimum(reference, 0.1).objective);
  });
});

describe('interpolate', () => {
  it('finds the minimum of a cubic, within its bounds', () => {
    // t^3 - 2t on [0, 2]: F(0) = 0, F(2) = 4, slopes -2 and 10, minimum at sqrt(2 / 3).
    expect(interpolate({ length: 2, slope: -2, endSlope: 10, decrease: -4 })).toBeCloseTo(
      Math.sqrt(2 / 3),
      12,
    );
    expect(interpolate({ length: 1, slope: -1e-9, endSlope: 1e9, decrease: -1e9 })).toBe(0.1);
    expect(interpolate({ length: 1, slope: -1, endSlope: Number.NaN, decrease: Number.NaN })).toBe(0.5);
  });
});
