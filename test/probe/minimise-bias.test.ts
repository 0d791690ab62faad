import { describe, expect, it } from 'vitest';
import { biasStep, minimiseBias } from '../../src/probe/minimise-bias.js';
import { biasSlope, Objective } from '../../src/probe/point.js';
import type { Asking } from '../../src/probe/solver-protocol.js';
import { drive, referenceAnswer, standardisedRows } from './reference-solver.js';
import { drawSplit, normals } from './small-problem.js';

const drawn = drawSplit({ rows: 30, features: 3, classes: 4, noise: 1, seed: 3, part: 'train' });
const reference = { rows: standardisedRows(drawn.features, 3), labels: drawn.labels, classes: 4 };
const frequencies = Float64Array.from(
  [0, 1, 2, 3],
  (own) => drawn.labels.filter((label) => label === own).length / 30,
);
const shape = { features: 3, classes: 4 };

function* startAndMinimise(
  objective: Objective,
  position: Float64Array,
): Asking<[number, number, Float64Array]> {
  const start = yield* objective.at(position, false);
  const end = yield* minimiseBias(objective, start, { frequencies, slope: 1e-10 });
  return [start.objective - end.objective, biasSlope(end, shape), end.position];
}

describe('minimiseBias', () => {
  it('ends where the slope by the bias is gone, with the same weights and a lower loss', () => {
    for (const seed of [1, 2, 3, 4]) {
      const position = normals(16, seed, 'far').map((value) => 3 * value);
      const { result, passes } = drive(startAndMinimise(new Objective(shape, 0.01), position), reference);
      const [fall, slope, end] = result;
      expect(slope).toBeLessThanOrEqual(1e-10);
      expect(fall).toBeGreaterThan(0);
      expect([...end.subarray(0, 12)]).toEqual([...position.subarray(0, 12)]);
      expect(passes).toBeLessThan(20);
    }
  });

  it('has a step without second moments that never raises the loss, and leads to the same place', () => {
    const position = normals(16, 5, 'far');
    let loss = Number.POSITIVE_INFINITY;
    for (let step = 0; step < 300; step++) {
      const { crossEntropy, gradient } = referenceAnswer(reference, position);
      expect(crossEntropy).toBeLessThanOrEqual(loss + 1e-12);
      loss = crossEntropy;
      const delta = biasStep({ gradient: gradient.subarray(12), frequencies, secondMoment: undefined });
      for (const [at, value] of delta.entries()) position[12 + at]! += value;
    }
    const slope = referenceAnswer(reference, position).gradient.subarray(12);
    expect(Math.max(...slope.map(Math.abs))).toBeLessThan(1e-8);
  });
});
