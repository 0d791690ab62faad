import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { type ColumnOptions, probeColumn } from '../../src/probe/probe-column.js';
import type { ProbeKind } from '../../src/probe/probe-kind.js';
import { perSplit } from '../../src/split.js';
import { arraySource, drawProblem } from './small-problem.js';

const FEATURES = 5;
const drawn = drawProblem({
  rows: { train: 90, valid: 40, test: 30 },
  features: FEATURES,
  classes: 3,
  noise: 2,
  seed: 9,
});
const classes = ['ant', 'bee', 'cat', 'dog'];
const main = {
  name: 'label',
  classes: classes.slice(0, 3),
  labels: perSplit((split) => drawn[split].labels),
};
/** Every third row has no label; train has no ant, valid and test have some. */
const partly = {
  name: 'partly',
  classes,
  labels: perSplit((split) =>
    drawn[split].labels.map((label, row) => {
      if (row % 3 === 0) return -1;
      return split !== 'train' && row % 7 === 1 ? 0 : label + 1;
    }),
  ),
};

function columnOf(kind: ProbeKind, changes: Partial<ColumnOptions> = {}) {
  return probeColumn({
    column: { tap: 'add_5', depth: 3, shape: '5', reduction: 'flatten' },
    sources: perSplit((split) => arraySource(drawn[split].features, FEATURES)),
    labelSets: [main, partly],
    kind,
    l2: kind === 'centroid' ? [] : [1e-3, 1e-1, 1],
    seed: 0,
    memoryBytes: 2 ** 30,
    ...changes,
  });
}

/** The part of some rows that raw-feature weights get wrong. */
function errorOf(weight: Float32Array, bias: Float32Array, labels: Int32Array): number {
  const { features } = drawn.test;
  const wrong = labels.filter((label, row) => {
    const logits = Array.from(bias, (shift, at) =>
      weight
        .subarray(at * FEATURES, (at + 1) * FEATURES)
        .reduce((sum, value, own) => sum + value * features[row * FEATURES + own]!, shift),
    );
    return label >= 0 && logits.indexOf(Math.max(...logits)) !== label;
  });
  return wrong.length / labels.filter((label) => label >= 0).length;
}

describe.each(['ridge', 'centroid', 'lda'] as const)('probeColumn with %s', (kind) => {
  beforeAll(() => loadBackend());

  it('gives every candidate with no gap, one of each label set selected and tested', async () => {
    const { measurements } = await columnOf(kind);
    for (const { name } of [main, partly]) {
      const own = measurements.filter(({ labelSet }) => labelSet === name);
      expect(own.map(({ l2 }) => l2)).toEqual(kind === 'centroid' ? [0] : [1, 1e-1, 1e-3]);
      const selected = own.filter((row) => row.selected);
      const key = kind === 'ridge' ? 'error' : 'loss';
      const finite = name === 'label' ? own : [];
      for (const row of finite) expect(selected[0]!.valid[key]).toBeLessThanOrEqual(row.valid[key]);
      expect(selected).toHaveLength(1);
      expect(own.map(({ test }) => test !== null)).toEqual(own.map((row) => row.selected));
      for (const { probe, optimalityGap, converged, leaveOneOut, train, seconds } of own) {
        expect([probe, optimalityGap, converged, leaveOneOut !== null]).toEqual([
          kind,
          0,
          true,
          kind === 'ridge',
        ]);
        expect(train.samples).toBe(name === 'label' ? 90 : 60);
        expect(train.error).toBeLessThan(0.5);
        expect(seconds).toBeGreaterThan(0);
      }
    }
  });

  it('selects the larger of two l2 values that valid cannot tell apart', async () => {
    if (kind !== 'ridge') return;
    const { measurements } = await columnOf(kind, { l2: [1e-7, 1e-6] });
    expect(measurements.filter(({ selected }) => selected).map(({ l2 }) => l2)).toEqual([1e-6, 1e-6]);
  });

  it('gives weights over raw features that err as stated, and a class that train lacks is never predicted', async () => {
    const { measurements, weights, predictions } = await columnOf(kind);
    for (const { labelSet, weight, bias } of weights) {
      const { labels } = labelSet === 'label' ? main : partly;
      const row = measurements.find((one) => one.selected && one.labelSet === labelSet)!;
      expect(errorOf(weight, bias, labels.test)).toBeCloseTo(row.test!.error, 6);
    }
    const ofPartly = predictions.filter(({ labelSet }) => labelSet === 'partly');
    expect(ofPartly.flatMap(({ predicted }) => [...predicted])).not.toContain(0);
    expect(measurements.at(-1)!.valid.loss).toBe(Number.POSITIVE_INFINITY);
  });

  it('gives the same numbers streamed as in memory', async () => {
    const [kept, streamed] = [await columnOf(kind), await columnOf(kind, { memoryBytes: 4000 })];
    for (const [at, row] of kept.measurements.entries()) {
      const other = streamed.measurements[at]!;
      expect(other.train.error).toBe(row.train.error);
      expect(other.train.loss).toBeCloseTo(row.train.loss, 4);
      expect(other.leaveOneOut?.loss ?? 0).toBeCloseTo(row.leaveOneOut?.loss ?? 0, 5);
    }
  });
});

describe('probeColumn', () => {
  beforeAll(() => loadBackend());

  it('fits two samples, of which each alone says its own class of the other', async () => {
    const sources = {
      ...perSplit((split) => arraySource(drawn[split].features, FEATURES)),
      train: arraySource(drawn.train.features.slice(0, 2 * FEATURES), FEATURES),
    };
    const labelSets = [{ ...main, labels: { ...main.labels, train: Int32Array.of(0, 1) } }];
    for (const kind of ['ridge', 'lda'] as const) {
      const { measurements } = await columnOf(kind, { sources, labelSets });
      for (const { train, leaveOneOut } of measurements) {
        expect(train.error).toBe(0);
        if (kind === 'lda') continue;
        expect(leaveOneOut!.error).toBe(1);
        expect(leaveOneOut!.loss).toBeCloseTo(2, 4);
      }
    }
  });

  it('knows the class frequencies and nothing else where no feature varies', async () => {
    const counts = [0, 1, 2].map((own) => main.labels.train.filter((label) => label === own).length / 90);
    const entropy = counts.reduce((sum, part) => sum - part * Math.log(part), 0);
    const sources = perSplit((split) =>
      arraySource(new Float32Array(drawn[split].labels.length * 4).fill(2), 4),
    );
    const lda = await columnOf('lda', { sources, labelSets: [main] });
    expect(lda.measurements[0]!.train.loss).toBeCloseTo(entropy, 5);
    const ridge = await columnOf('ridge', { sources, labelSets: [main] });
    expect([...ridge.weights[0]!.bias]).toEqual(counts.map(Math.fround));
    expect(ridge.measurements[0]!.leaveOneOut!.loss).toBeGreaterThan(0);
    const centroid = await columnOf('centroid', { sources, labelSets: [main] });
    expect(centroid.measurements[0]!.train.loss).toBeCloseTo(Math.log(3), 5);
  });

  it('refuses l2 values for a kind that has none', async () => {
    await expect(columnOf('centroid', { l2: [0.1] })).rejects.toThrow('l2 is not for centroid probes: 0.1');
  });
});
