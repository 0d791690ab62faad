import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { cutFolds } from '../../src/probe/folds.js';
import type { Measurement } from '../../src/probe/measurement.js';
import { type ColumnOptions, probeColumn } from '../../src/probe/probe-column.js';
import { randomLabels } from '../../src/probe/random-labels.js';
import { spreadOf } from '../../src/probe/repeats.js';
import { perSplit } from '../../src/split.js';
import { probabilitiesAt, referenceMinimum, standardisedBy } from './reference-solver.js';
import { arraySource, drawProblem } from './small-problem.js';

const FEATURES = 4;
const ROWS = { train: 70, valid: 40, test: 20 };
const drawn = drawProblem({ rows: ROWS, features: FEATURES, classes: 3, noise: 3, seed: 4 });
const set = {
  name: 'label',
  classes: ['ant', 'bee', 'cat'],
  labels: perSplit((split) => drawn[split].labels.map((label, row) => (row % 10 === 0 ? -1 : label))),
};
const keys = Array.from({ length: ROWS.train }, (_, row) => `train/${row}`);
const L2 = [1e-1, 1e-2];

function probe(changes: Partial<ColumnOptions> = {}) {
  return probeColumn({
    column: { tap: 'add_5', depth: 3, shape: '2x2', reduction: 'flatten' },
    sources: perSplit((split) => arraySource(drawn[split].features, FEATURES)),
    labelSets: [set],
    l2: L2,
    seed: 0,
    tolerance: 1e-7,
    memoryBytes: 2 ** 30,
    ...changes,
  });
}

/** The error of the float64 optimum on each fold, trained on the others and standardised by them. */
function referenceErrors(l2: number, folds: number, seed: number): number[] {
  const cut = cutFolds(set, { folds, seed, keys });
  const { train } = set.labels;
  return Array.from({ length: folds }, (_, fold) => {
    const labels = train.map((label, row) => (cut[row] === fold ? -1 : label));
    const rows = standardisedBy(drawn.train.features, FEATURES, (row) => labels[row]! >= 0);
    const problem = { rows, labels, classes: 3 };
    const probabilities = probabilitiesAt(problem, referenceMinimum(problem, l2).position);
    const held = rows.flatMap((_, row) => (cut[row] === fold ? [row] : []));
    const wrong = held.filter((row) => {
      const own = probabilities[row]!;
      return own.indexOf(Math.max(...own)) !== train[row];
    });
    return wrong.length / held.length;
  });
}

const numbers = ({ seconds: _, folds: __, seeds: ___, ...rest }: Measurement) => rest;

describe('repeats of a label set', () => {
  beforeAll(() => loadBackend());

  it('have the error of probes trained without the fold, at every l2, over all folds and cuts', async () => {
    const { measurements } = await probe({ repeats: { folds: 4, seeds: [5, 6], keys } });
    for (const { l2, folds, foldErrors } of measurements) {
      const errors = [5, 6].flatMap((seed) => referenceErrors(l2, 4, seed));
      const expected = spreadOf(errors)!;
      expect(folds!.count).toBe(8);
      expect(folds!.errorMean).toBeCloseTo(expected.errorMean, 10);
      expect(folds!.errorSd).toBeCloseTo(expected.errorSd, 10);
      expect(expected.errorSd).toBeGreaterThan(0);
      for (const [at, error] of errors.entries()) expect(foldErrors[at]).toBeCloseTo(error, 10);
    }
  });

  it('change nothing else: the same probes, selection and predictions, to rounding', async () => {
    const [alone, beside] = [await probe(), await probe({ repeats: { folds: 3, seeds: [0], keys } })];
    expect(alone.measurements.every(({ folds, seeds }) => folds === null && seeds === null)).toBe(true);
    expect(beside.predictions).toEqual(alone.predictions);
    for (const [at, own] of beside.measurements.entries()) {
      const { selected, train, valid } = numbers(alone.measurements[at]!);
      expect(numbers(own).selected).toBe(selected);
      expect(own.train.loss).toBeCloseTo(train.loss, 5);
      expect(own.valid.loss).toBeCloseTo(valid.loss, 5);
    }
  });

  it('count a class that only the held-out fold has as errors', async () => {
    const once = set.labels.train.map((label, row) => (row === 1 ? 2 : Math.min(label, 1)));
    const labelSets = [{ ...set, labels: { ...set.labels, train: once } }];
    const { measurements } = await probe({ labelSets, repeats: { folds: 63, seeds: [0], keys } });
    expect(measurements[0]!.folds!.count).toBe(63);
    expect(measurements[0]!.folds!.errorMean).toBeGreaterThanOrEqual(1 / 63);
  });

  it('train the draws of a control, and state the error on valid over all of them', async () => {
    const draws = [0, 1, 2].map((seed) => randomLabels(set.labels, seed));
    const random = {
      ...set,
      name: 'random',
      labels: draws[0]!,
      otherDraws: draws.slice(1).map(({ train }) => train),
    };
    const { measurements } = await probe({ labelSets: [set, random] });
    const each = await Promise.all(
      draws.map(async (labels) => (await probe({ labelSets: [{ ...set, labels }] })).measurements),
    );
    const own = measurements.filter(({ labelSet }) => labelSet === 'random');
    for (const [at, { seeds, valid }] of own.entries()) {
      const errors = each.map((rows) => rows[at]!.valid.error);
      expect(valid.error).toBe(errors[0]);
      expect(seeds).toEqual(spreadOf(errors));
    }
    expect(measurements.filter(({ seeds }) => seeds !== null)).toEqual(own);
  });
});

describe('spreadOf', () => {
  it('is mean and standard deviation of a sample', () => {
    expect(spreadOf([0.1, 0.2, 0.6])).toEqual({
      count: 3,
      errorMean: expect.closeTo(0.3, 12),
      errorSd: expect.closeTo(Math.sqrt(0.07), 12),
    });
    expect(spreadOf([0.25])).toEqual({ count: 1, errorMean: 0.25, errorSd: 0 });
    expect(spreadOf([])).toBeNull();
  });
});
