import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CurvatureMemory } from '../../src/probe/curvature-memory.js';
import { dot } from '../../src/probe/vectors.js';
import { normals } from './small-problem.js';

const SIZE = 5;
const stiffness = Float64Array.of(1, 4, 9, 16, 25);
const image = (step: Float64Array) => step.map((value, at) => value * stiffness[at]!);

describe('CurvatureMemory', () => {
  it('maps the newest change of gradient to the newest step: the secant equation', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 8 }),
      (count, capacity) => {
        const scaling = normals(SIZE, 'scaling').map(Math.exp);
        const memory = new CurvatureMemory(capacity, (vector) =>
          vector.map((value, at) => value * scaling[at]!),
        );
        const steps = Array.from({ length: count }, (_, at) => normals(SIZE, at, 'step'));
        for (const step of steps) memory.push(step, image(step));
        const direction = memory.direction(image(steps.at(-1)!));
        for (const [at, value] of steps.at(-1)!.entries()) expect(-direction[at]!).toBeCloseTo(value, 8);
        expect(memory.size).toBe(Math.min(count, capacity));
      },
    );
    fc.assert(property, { numRuns: 50 });
  });

  it('always leads downhill', () => {
    const property = fc.property(fc.nat(1000), (seed) => {
      const memory = new CurvatureMemory(4);
      for (let at = 0; at < 6; at++) {
        const step = normals(SIZE, seed, at);
        memory.push(step, image(step));
      }
      const gradient = normals(SIZE, seed, 'gradient');
      expect(dot(memory.direction(gradient), gradient)).toBeLessThan(0);
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('refuses a pair whose curvature is not positive', () => {
    const memory = new CurvatureMemory(4);
    const step = normals(SIZE, 1);
    memory.push(
      step,
      step.map((value) => -value),
    );
    memory.push(step, new Float64Array(SIZE));
    expect(memory.size).toBe(0);
  });

  it('carries its pairs over to an objective with more or less curvature, exactly', () => {
    const memory = new CurvatureMemory(4);
    const step = normals(SIZE, 2);
    memory.push(step.slice(), image(step));
    const carried = memory.carried({ start: (vector) => vector.slice(), added: -0.5, coordinates: 3 });
    const change = image(step).map((value, at) => (at < 3 ? value - 0.5 * step[at]! : value));
    const direction = carried.direction(change);
    for (const [at, value] of step.entries()) expect(-direction[at]!).toBeCloseTo(value, 10);
    expect([memory.size, carried.size]).toEqual([0, 1]);
  });
});
