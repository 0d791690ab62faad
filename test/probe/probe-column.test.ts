import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { nativeSoftmax } from '../../src/backend/softmax.js';
import { classScores, confusedPairs, confusionOf, quotedConfusions } from '../../src/probe/confusion.js';
import { type ColumnOptions, probeColumn } from '../../src/probe/probe-column.js';
import { perSplit } from '../../src/split.js';
import { referenceMinimum, standardisedRows } from './reference-solver.js';
import { arraySource, drawProblem } from './small-problem.js';

const column = { tap: 'add_5', depth: 3, shape: '2x2x2', reduction: 'flatten' };
const FEATURES = 5;
const drawn = drawProblem({
  rows: { train: 80, valid: 40, test: 30 },
  features: FEATURES,
  classes: 3,
  noise: 2,
  seed: 9,
});
const classes = ['ant', 'bee', 'cat'];
const main = { name: 'label', classes, labels: perSplit((split) => drawn[split].labels) };
const partly = {
  name: 'partly',
  classes: [...classes, 'dog'],
  labels: perSplit((split) =>
    drawn[split].labels.map((label, row) => (row % 3 === 0 ? -1 : label + (row % 2))),
  ),
};

function optionsFor(changes: Partial<ColumnOptions> = {}): ColumnOptions {
  const sources = perSplit((split) => arraySource(drawn[split].features, FEATURES));
  const l2 = [1e-3, 1e-1, 1e-2];
  return {
    column,
    sources,
    labelSets: [main],
    l2,
    seed: 7,
    tolerance: 1e-6,
    memoryBytes: 2 ** 30,
    ...changes,
  };
}

/** Column-wise concatenation of features to every row. */
function widened(extra: (row: number, values: Float32Array) => number[]) {
  return perSplit((split) => {
    const { features } = drawn[split];
    const rows = Array.from({ length: features.length / FEATURES }, (_, row) => {
      const own = features.subarray(row * FEATURES, (row + 1) * FEATURES);
      return [...own, ...extra(row, own)];
    });
    return arraySource(Float32Array.from(rows.flat()), rows[0]!.length);
  });
}

describe('probeColumn', () => {
  beforeAll(() => loadBackend());

  it('reaches the optimum of the float64 reference for every l2, within the gap it states', async () => {
    const { measurements } = await probeColumn(optionsFor());
    expect(measurements.map(({ l2 }) => l2)).toEqual([1e-1, 1e-2, 1e-3]);
    const rows = standardisedRows(drawn.train.features, FEATURES);
    for (const { l2, train, optimalityGap, converged } of measurements) {
      const optimum = referenceMinimum({ rows, labels: main.labels.train, classes: 3 }, l2);
      expect(converged).toBe(true);
      expect(optimalityGap).toBeLessThanOrEqual(1e-6 * optimum.objective * 1.001);
      expect(train.loss / optimum.crossEntropy).toBeCloseTo(1, 3);
    }
  });

  it('gives the same numbers streamed as in memory, reading the train split at every pass', async () => {
    const resident = optionsFor();
    const streamed = optionsFor({ memoryBytes: 64 });
    const results = [await probeColumn(resident), await probeColumn(streamed)];
    const [one, other] = results.map(({ measurements }) =>
      measurements.flatMap(({ train, valid, test }) => [train.loss, valid.loss, test?.loss ?? 0]),
    );
    for (const [at, loss] of one!.entries()) expect(other![at]).toBeCloseTo(loss, 4);
    expect(results[1]!.predictions).toEqual(results[0]!.predictions);
    const reads = (own: ColumnOptions) => (own.sources.train as ReturnType<typeof arraySource>).reads;
    expect(reads(resident)).toBe(nativeSoftmax() === undefined ? 2 : 1);
    expect(reads(streamed)).toBeGreaterThan(20);
  });

  it('trains label sets side by side as it trains each alone', async () => {
    const together = await probeColumn(optionsFor({ labelSets: [main, partly] }));
    for (const set of [main, partly]) {
      const alone = await probeColumn(optionsFor({ labelSets: [set] }));
      const own = together.measurements.filter(({ labelSet }) => labelSet === set.name);
      expect(own).toHaveLength(3);
      for (const [at, { train, valid, selected }] of alone.measurements.entries()) {
        expect(own[at]!.selected).toBe(selected);
        expect(own[at]!.train.samples).toBe(train.samples);
        expect(own[at]!.train.loss).toBeCloseTo(train.loss, 4);
        expect(own[at]!.valid.loss).toBeCloseTo(valid.loss, 3);
      }
    }
  });

  it('begins with a grid of its own and lets it grow, to the probes that the grown grid gives', async () => {
    const { measurements } = await probeColumn(optionsFor({ l2: 'auto', labelSets: [main, partly] }));
    const grid = measurements.filter(({ labelSet }) => labelSet === 'label').map(({ l2 }) => l2);
    expect(grid).toEqual(grid.toSorted((x, y) => y - x));
    expect(grid).toEqual(expect.arrayContaining([1, 1e-1, 1e-2, 1e-3]));
    const given = await probeColumn(optionsFor({ l2: grid, labelSets: [main, partly] }));
    for (const [at, { l2, train, selected }] of given.measurements.entries()) {
      expect(measurements[at]).toMatchObject({ l2, selected });
      expect(measurements[at]!.train.loss).toBeCloseTo(train.loss, 4);
    }
  });

  it('selects on valid, and reads valid and test once', async () => {
    const options = optionsFor({ labelSets: [main, partly] });
    const { measurements } = await probeColumn(options);
    for (const name of ['label', 'partly']) {
      const own = measurements.filter(({ labelSet }) => labelSet === name);
      const best = own.toSorted((a, b) => a.valid.loss - b.valid.loss)[0];
      expect(own.filter(({ selected }) => selected)).toEqual([best]);
      expect(own.map(({ test }) => test !== null)).toEqual(own.map(({ selected }) => selected));
    }
    const reads = (split: 'valid' | 'test') =>
      (options.sources[split] as ReturnType<typeof arraySource>).reads;
    expect([reads('valid'), reads('test')]).toEqual([1, 1]);
  });

  it('maps the weights back to raw features: they make the predictions it states', async () => {
    const { weights, predictions, measurements } = await probeColumn(
      optionsFor({ labelSets: [main, partly] }),
    );
    for (const { labelSet, weight, bias } of weights) {
      const { predicted, labels } = predictions.find(
        (own) => own.labelSet === labelSet && own.split === 'test',
      )!;
      const expected = Array.from({ length: 30 }, (_, row) => {
        const raw = drawn.test.features.subarray(row * FEATURES, (row + 1) * FEATURES);
        const logits = [...bias].map((start, label) =>
          raw.reduce((sum, value, at) => sum + value * weight[label * FEATURES + at]!, start),
        );
        return logits.indexOf(Math.max(...logits));
      });
      expect([...predicted]).toEqual(expected);
      const counted = [...labels.keys()].filter((row) => labels[row]! >= 0);
      const errors = counted.filter((row) => labels[row] !== predicted[row]).length / counted.length;
      const selected = measurements.find((own) => own.labelSet === labelSet && own.selected)!;
      expect(selected.test).toMatchObject({ samples: counted.length, error: errors });
    }
  });

  it('has predictions whose confusions have that error', async () => {
    const { measurements, predictions } = await probeColumn(optionsFor({ labelSets: [main, partly] }));
    const quoted = quotedConfusions(predictions.map(confusionOf));
    expect(quoted.map(({ labelSet, split }) => [labelSet, split])).toEqual([
      ['label', 'test'],
      ['partly', 'test'],
    ]);
    for (const [at, { test }] of measurements.filter((row) => row.selected).entries()) {
      const wrong = confusedPairs(quoted[at]!).reduce((sum, { count }) => sum + count, 0);
      expect(wrong / test!.samples).toBe(test!.error);
      expect(classScores(quoted[at]!).reduce((sum, { samples }) => sum + samples, 0)).toBe(test!.samples);
    }
  });

  it('leaves out constant features, and shares weight between duplicates without losing its way', async () => {
    const plain = await probeColumn(optionsFor({ l2: [1e-2] }));
    const constant = await probeColumn(optionsFor({ l2: [1e-2], sources: widened(() => [3, -1]) }));
    const { features, usedFeatures, train } = constant.measurements[0]!;
    expect({ features, usedFeatures }).toEqual({ features: 7, usedFeatures: 5 });
    expect(train.loss).toBeCloseTo(plain.measurements[0]!.train.loss, 6);
    const { weight } = constant.weights[0]!;
    expect([weight[5], weight[6], weight[7 + 5]]).toEqual([0, 0, 0]);
    const doubled = await probeColumn(optionsFor({ l2: [2e-2], sources: widened((_, own) => [...own]) }));
    expect(doubled.measurements[0]).toMatchObject({ converged: true, usedFeatures: 10 });
    expect(doubled.measurements[0]!.train.loss).toBeCloseTo(plain.measurements[0]!.train.loss, 4);
  });

  it('converges on separable data and on a grid down to 1e-6', async () => {
    const sources = widened((row) => [Number(row % 2 === 0)]);
    const labels = perSplit((split) => drawn[split].labels.map((_, row) => row % 2));
    const labelSets = [{ name: 'even', classes: ['odd', 'even'], labels }];
    const { measurements } = await probeColumn(
      optionsFor({ sources, labelSets, tolerance: 1e-3, l2: [1e-2, 1e-4, 1e-6] }),
    );
    for (const { converged, train, valid } of measurements) {
      expect(converged).toBe(true);
      expect([train.error, valid.error]).toEqual([0, 0]);
    }
  });

  it('never predicts a class that train lacks: an error of infinite loss, left out of the selection', async () => {
    const labels = {
      ...main.labels,
      train: main.labels.train.map((label) => (label === 1 ? -1 : label)),
      test: main.labels.test.map((label) => (label === 1 ? 0 : label)),
    };
    const { measurements, predictions, weights } = await probeColumn(
      optionsFor({ labelSets: [{ ...main, labels }] }),
    );
    const best = measurements.find(({ selected }) => selected)!;
    const missing = labels.valid.filter((label) => label === 1).length;
    expect(best.valid.loss).toBe(Number.POSITIVE_INFINITY);
    expect(best.valid.error).toBeGreaterThanOrEqual(missing / 40);
    expect(best.test?.loss).toBeLessThan(10);
    expect(measurements.indexOf(best)).not.toBe(0);
    for (const { predicted } of predictions) expect([...predicted]).not.toContain(1);
    expect(weights[0]!.bias[1]).toBe(Number.NEGATIVE_INFINITY);
  });

  it('trains on two samples', async () => {
    const sources = {
      ...optionsFor().sources,
      train: arraySource(drawn.train.features.slice(0, 2 * FEATURES), FEATURES),
    };
    const labelSets = [{ ...main, labels: { ...main.labels, train: Int32Array.of(0, 1) } }];
    const { measurements } = await probeColumn(optionsFor({ sources, labelSets }));
    expect(measurements.every(({ converged, train }) => converged && train.error === 0)).toBe(true);
  });

  it('knows the class frequencies and nothing else where no feature varies', async () => {
    const sources = perSplit((split) =>
      arraySource(new Float32Array(drawn[split].labels.length * 4).fill(2), 4),
    );
    const { measurements } = await probeColumn(optionsFor({ sources }));
    const counts = [0, 1, 2].map((own) => main.labels.train.filter((label) => label === own).length / 80);
    const entropy = counts.reduce((sum, part) => sum - part * Math.log(part), 0);
    expect(measurements[0]!.train.loss).toBeCloseTo(entropy, 6);
    expect(measurements[0]).toMatchObject({ usedFeatures: 0, converged: true });
    expect(measurements[0]!.optimalityGap).toBeLessThan(1e-8);
  });

  it('has no test metrics and predictions where the test split is empty', async () => {
    const sources = { ...optionsFor().sources, test: arraySource(new Float32Array(0), FEATURES) };
    const labelSets = [{ ...main, labels: { ...main.labels, test: new Int32Array(0) } }];
    const { measurements, predictions } = await probeColumn(optionsFor({ sources, labelSets }));
    expect(measurements.every(({ test }) => test === null)).toBe(true);
    expect(predictions.map(({ split }) => split)).toEqual(['valid']);
  });

  it('marks a probe that did not converge', async () => {
    const { measurements } = await probeColumn(optionsFor({ l2: [1e-4, 1e-5], maxPasses: 2 }));
    expect(measurements[0]!.converged).toBe(false);
  });

  it('refuses features of valid and test that are not finite, and l2 values that are not positive', async () => {
    const features = drawn.test.features.map((value, at) => (at === 5 * 17 ? Number.NaN : value));
    const sources = { ...optionsFor().sources, test: arraySource(features, FEATURES) };
    await expect(probeColumn(optionsFor({ sources }))).rejects.toThrow('test row 17, feature 0');
    await expect(probeColumn(optionsFor({ l2: [1e-2, 0] }))).rejects.toThrow('l2 out of range: 0');
    await expect(probeColumn(optionsFor({ l2: [] }))).rejects.toThrow('l2 out of range: none given');
  });

  it('leaves no tensor behind, whether it ends well, badly or early', async () => {
    const before = tf.memory().numTensors;
    await probeColumn(optionsFor({ labelSets: [main, partly] }));
    await probeColumn(optionsFor({ memoryBytes: 64 }));
    const broken = {
      ...optionsFor().sources,
      valid: arraySource(
        drawn.valid.features.map(() => Number.NaN),
        FEATURES,
      ),
    };
    await expect(probeColumn(optionsFor({ sources: broken }))).rejects.toThrow('valid row 0');
    const stop = new AbortController();
    const onProgress = ({ passes }: { passes: number }) => passes === 3 && stop.abort();
    const early = probeColumn(
      optionsFor({ signal: stop.signal, onProgress: (progress) => void onProgress(progress) }),
    );
    await expect(early).rejects.toThrow('probing was interrupted');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reports every pass', async () => {
    const seen: number[] = [];
    const { measurements } = await probeColumn(optionsFor({ onProgress: ({ passes }) => seen.push(passes) }));
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, at) => at + 1));
    expect(measurements.reduce((sum, { passes }) => sum + passes, 0)).toBe(seen.length);
  });
});
