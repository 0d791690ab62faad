import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactPreconditioners } from '../../src/probe/exact-preconditioner.js';
import { preconditioners } from '../../src/probe/preconditioner.js';
import { trainPath } from '../../src/probe/train-path.js';
import { drive, referenceMinimum, standardisedRows } from './reference-solver.js';
import { drawSplit } from './small-problem.js';

interface Drawn {
  readonly rows: number;
  readonly features: number;
  readonly classes: number;
  readonly noise: number;
  readonly seed: number;
}

const drawn = fc.record({
  rows: fc.integer({ min: 6, max: 25 }),
  features: fc.integer({ min: 1, max: 4 }),
  classes: fc.integer({ min: 2, max: 4 }),
  noise: fc.constantFrom(0.01, 0.5, 3),
  seed: fc.nat(1000),
});

function problemOf({ features, ...rest }: Drawn) {
  const split = drawSplit({ ...rest, features, part: 'train' });
  const counts = Array.from(
    { length: rest.classes },
    (_, own) => split.labels.filter((label) => label === own).length,
  );
  return {
    reference: {
      rows: standardisedRows(split.features, features),
      labels: split.labels,
      classes: rest.classes,
    },
    path: {
      shape: { features, classes: rest.classes },
      spread: { largest: features, trace: features, rows: rest.rows, roundoff: 2 ** -24 },
      frequencies: Float64Array.from(counts, (count) => count / rest.rows),
      precondition: preconditioners(undefined, { features, classes: rest.classes }),
      exactly: exactPreconditioners({ features, classes: rest.classes }),
      maxPasses: 1000,
      ...{ memory: 10, directions: 40 },
    },
  };
}

describe('trainPath', () => {
  it('never claims to be nearer to the optimum than it is, and comes as near as it was told', () => {
    const property = fc.property(drawn, fc.constantFrom(1e-2, 1e-3, 1e-4), (options, tolerance) => {
      const { path, reference } = problemOf(options);
      const grid = [1, 1e-2, 1e-4];
      const { result } = drive(trainPath({ ...path, l2: grid, tolerance }), reference);
      for (const [at, l2] of grid.entries()) {
        const { point, gap, converged } = result[at]!;
        const optimum = referenceMinimum(reference, l2).objective;
        expect(converged).toBe(true);
        expect(gap).toBeLessThanOrEqual(tolerance * point.objective);
        expect(point.objective - optimum).toBeLessThanOrEqual(gap + 1e-6 * point.objective);
        expect(point.objective - optimum).toBeGreaterThan(-1e-9);
      }
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('says so when the passes ran out, with a bound that still holds', () => {
    const { path, reference } = problemOf({ rows: 40, features: 4, classes: 3, noise: 2, seed: 5 });
    const { result } = drive(trainPath({ ...path, l2: [1e-3], tolerance: 1e-6, maxPasses: 4 }), reference);
    const { point, gap, converged } = result[0]!;
    expect(converged).toBe(false);
    expect(gap).toBeGreaterThan(1e-6 * point.objective);
    expect(point.objective - referenceMinimum(reference, 1e-3).objective).toBeLessThanOrEqual(gap);
  });

  it('ends when rounding allows nothing better, whatever the tolerance', () => {
    const { path, reference } = problemOf({ rows: 20, features: 3, classes: 3, noise: 1, seed: 6 });
    const { result, passes } = drive(trainPath({ ...path, l2: [1e-2], tolerance: 1e-300 }), reference);
    expect(result[0]!.converged).toBe(false);
    expect(result[0]!.gap).toBeLessThan(1e-9);
    expect(passes).toBeLessThan(500);
  });

  it('counts each pass, for the l2 value it was made for', () => {
    const { path, reference } = problemOf({ rows: 30, features: 4, classes: 3, noise: 1, seed: 7 });
    const { result, passes } = drive(trainPath({ ...path, l2: [1, 0.1, 0.01], tolerance: 1e-4 }), reference);
    expect(result.reduce((sum, own) => sum + own.passes, 0)).toBe(passes);
  });

  it('needs no step where the class frequencies are the optimum: a pass, and one for the bound', () => {
    const reference = { rows: [[0], [0], [0]], labels: [0, 1, 1], classes: 2 };
    const { path } = problemOf({ rows: 6, features: 1, classes: 2, noise: 1, seed: 8 });
    const frequencies = Float64Array.of(1 / 3, 2 / 3);
    const { passes } = drive(trainPath({ ...path, frequencies, l2: [1e-2], tolerance: 1e-3 }), reference);
    expect(passes).toBe(2);
  });
});
