import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { cutFolds } from '../../src/probe/folds.js';
import { type ColumnOptions, probeColumn } from '../../src/probe/probe-column.js';
import { PROBE_KINDS, type ProbeKind } from '../../src/probe/probe-kind.js';
import { spreadOf } from '../../src/probe/repeats.js';
import { arraySource, drawProblem } from './small-problem.js';

const FEATURES = 4;
const FOLDS = 4;
const ROWS = { train: 72, valid: 40, test: 12 };
const drawn = drawProblem({ rows: ROWS, features: FEATURES, classes: 3, noise: 3, seed: 14 });
/** Tails so heavy that one row makes most of a deviation: it stretches the features of the folds it trains alone. */
const train = drawn.train.features.map((value, at) =>
  at % FEATURES < 2 && at % 37 === 5 ? 400 * value : value,
);
const labels = {
  train: drawn.train.labels.map((label, row) => (row % 9 === 4 ? -1 : label)),
  valid: drawn.valid.labels,
  test: drawn.test.labels,
};
const set = { name: 'label', classes: ['ant', 'bee', 'cat'], labels };
const keys = Array.from({ length: ROWS.train }, (_, row) => `train/${row}`);

function probe(kind: ProbeKind, changes: Partial<ColumnOptions> = {}) {
  return probeColumn({
    column: { tap: 'add_5', depth: 3, shape: '2x2', reduction: 'flatten' },
    sources: {
      train: arraySource(train, FEATURES),
      valid: arraySource(drawn.valid.features, FEATURES),
      test: arraySource(drawn.test.features, FEATURES),
    },
    ...{ labelSets: [set], kind, seed: 0, tolerance: 1e-5, memoryBytes: 2 ** 28 },
    l2: kind === 'centroid' ? [] : kind === 'sgd' || kind === 'adam' ? [0] : [1e-2, 1e-3],
    // Minibatches of all rows: their order is nothing.
    stochastic: { rates: [0.05], epochs: 15, patience: 15, batch: 1000 },
    ...changes,
  });
}

function picked(values: Float32Array, rows: readonly number[]): Float32Array {
  return Float32Array.from(rows.flatMap((row) => [...values.subarray(row * FEATURES, (row + 1) * FEATURES)]));
}

/** The errors on each fold of probes trained on the other rows alone, as a column of its own whose test split is the fold. */
async function apart(kind: ProbeKind): Promise<number[][]> {
  const cut = cutFolds(set, { folds: FOLDS, seed: 3, keys });
  const errors: number[][] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const rowsOf = (wanted: (own: number) => boolean) => [...cut.keys()].filter((row) => wanted(cut[row]!));
    const [rest, held] = [rowsOf((own) => own >= 0 && own !== fold), rowsOf((own) => own === fold)];
    const own = { train: rest.map((row) => labels.train[row]!), test: held.map((row) => labels.train[row]!) };
    const errorAt = async (l2: number[]) => {
      const { measurements } = await probe(kind, {
        l2,
        sources: {
          train: arraySource(picked(train, rest), FEATURES),
          valid: arraySource(drawn.valid.features, FEATURES),
          test: arraySource(picked(train, held), FEATURES),
        },
        labelSets: [
          {
            ...set,
            labels: {
              train: Int32Array.from(own.train),
              valid: labels.valid,
              test: Int32Array.from(own.test),
            },
          },
        ],
      });
      return measurements[0]!.test!.error;
    };
    const values = kind === 'centroid' || kind === 'sgd' || kind === 'adam' ? [0] : [1e-2, 1e-3];
    errors.push(await Promise.all(values.map((value) => errorAt(kind === 'centroid' ? [] : [value]))));
  }
  return errors;
}

// Adam makes whole steps of gradients that are rounding: no two sums of it are the same. It is trained as sgd is.
const KINDS = PROBE_KINDS.filter((kind) => kind !== 'adam');

describe.each(['tensorflow', 'wasm'] as const)('folds, %s', (backend) => {
  beforeAll(() => loadBackend(backend));

  it.each(KINDS)(
    'of %s probes err as probes that never saw the fold, mean and deviation included',
    async (kind) => {
      const { measurements } = await probe(kind, { repeats: { folds: FOLDS, seeds: [3], keys } });
      const errors = await apart(kind);
      for (const [at, { folds }] of measurements.entries()) {
        const expected = spreadOf(errors.map((own) => own[at]!))!;
        expect(folds!.errorMean).toBeCloseTo(expected.errorMean, 10);
        expect(folds!.errorSd).toBeCloseTo(expected.errorSd, 10);
      }
    },
  );
});
