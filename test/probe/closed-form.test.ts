import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BackendName, loadBackend } from '../../src/backend/backend.js';
import { classSums } from '../../src/probe/class-sums.js';
import { type ProbeLabels, prepareLabels } from '../../src/probe/probe-labels.js';
import type { LinearProbe } from '../../src/probe/score-split.js';
import { trainCentroid } from '../../src/probe/train-centroid.js';
import { trainLda } from '../../src/probe/train-lda.js';
import { trainRidge } from '../../src/probe/train-ridge.js';
import type { Trainer } from '../../src/probe/trainers.js';
import {
  discriminantReference,
  type LabelledRows,
  type LinearMap,
  labelledRows,
  leaveOneOutReference,
  logitsOf,
  meansOf,
  ridgeReference,
} from './closed-form-reference.js';
import { ENGINES, type Engine, openPasses } from './engines.js';
import { standardisedRows } from './reference-solver.js';
import { arraySource, drawSplit, normals, type SmallSplit } from './small-problem.js';

const column = { tap: 'add_5', reduction: 'flatten' };
const L2 = [1, 1e-1, 1e-3];

function setOf(name: string, labels: Int32Array, classes: number): ProbeLabels {
  const counts = { train: labels.length, valid: labels.length, test: 0 };
  const perSplit = { train: labels, valid: labels, test: new Int32Array(0) };
  const names = Array.from({ length: classes }, (_, at) => `class ${at}`);
  return prepareLabels({ name, classes: names, labels: perSplit }, counts, column);
}

interface Setting {
  readonly engine: Engine;
  readonly backend: BackendName;
  readonly resident: boolean;
}

const SETTINGS: readonly Setting[] = [
  ...ENGINES.flatMap((engine) =>
    [true, false].map((resident) => ({ engine, backend: 'tensorflow' as const, resident })),
  ),
  { engine: 'tensors', backend: 'wasm', resident: true },
];

/** Trains on a split, and gives what was trained beside the rows in float64, those of each set that have a label. */
async function trained(
  trainer: Trainer,
  { engine, resident }: Setting,
  { split, features, sets }: { split: SmallSplit; features: number; sets: readonly ProbeLabels[] },
  l2: readonly number[] = L2,
) {
  const passes = await openPasses({ engine, resident, source: arraySource(split.features, features) });
  const seen: number[] = [];
  const results = await trainer({
    ...{ passes, validPasses: passes, labels: sets, l2, seed: 0, tolerance: 1e-3, maxPasses: 100 },
    solverBytes: 2 ** 28,
    onPass: (progress) => seen.push(progress.passes),
  });
  passes.dispose();
  const rows = standardisedRows(split.features, features);
  const problems = sets.map(({ labels, present }) => labelledRows(rows, labels.train, present.length));
  return { results, problems, passes: seen.length };
}

/** Logits about their mean, which is nothing to a softmax nor to the scores of ridge, whose sum is always 1. */
function centred(logits: readonly number[]): number[] {
  const mean = logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
  return logits.map((logit) => logit - mean);
}

function expectSame(probe: LinearProbe, expected: LinearMap, { rows }: LabelledRows, digits: number): void {
  const used = expected.weight.length;
  const own: LinearMap = {
    weight: Array.from({ length: used }, (_, feature) => [
      ...probe.weight.subarray(feature * probe.classes, (feature + 1) * probe.classes),
    ]),
    bias: [...probe.bias],
  };
  const all = rows.map((row) => centred(logitsOf(expected, row)));
  const largest = Math.max(1, ...all.flat().map(Math.abs));
  for (const [place, row] of rows.entries()) {
    const logits = centred(logitsOf(own, row));
    for (const [at, logit] of all[place]!.entries())
      expect(logits[at]! / largest).toBeCloseTo(logit / largest, digits);
  }
}

const FEATURES = 6;
const drawn = drawSplit({ rows: 60, features: FEATURES, classes: 4, noise: 2, seed: 3, part: 'train' });
const whole = setOf('whole', drawn.labels, 4);
const holed = setOf(
  'holed',
  drawn.labels.map((label, row) => (row % 3 === 1 ? -1 : label)),
  4,
);
/** The classes 0, 2, 3 and 4 of five. */
const gap = setOf(
  'gap',
  drawn.labels.map((label) => (label === 0 ? 0 : label + 1)),
  6,
);
const narrow = { split: drawn, features: FEATURES, sets: [whole, holed, gap] };

/** More features than rows; the last one is constant. */
const WIDE = 40;
const wideDrawn = drawSplit({ rows: 24, features: WIDE, classes: 3, noise: 2, seed: 8, part: 'train' });
const wideSplit = {
  labels: wideDrawn.labels,
  features: wideDrawn.features.map((value, at) => (at % WIDE === WIDE - 1 ? 7 : value)),
};
const wide = { split: wideSplit, features: WIDE, sets: [setOf('wide', wideSplit.labels, 3)] };

/** Each feature three times, the copies apart by a ten-thousandth. */
const twinNoise = normals(drawn.features.length * 3, 'twins');
const twins = {
  split: {
    labels: drawn.labels,
    features: Float32Array.from(
      { length: drawn.features.length * 3 },
      (_, at) =>
        (drawn.features[Math.floor(at / 3)]! - 5 * (Math.floor(at / 3) % FEATURES)) *
        (1 + 1e-4 * twinNoise[at]!),
    ),
  },
  ...{ features: 3 * FEATURES, sets: [whole] },
};

describe.each(SETTINGS)('closed forms, $engine of $backend, resident $resident', (setting) => {
  beforeAll(async () => {
    await loadBackend(setting.backend);
  });

  it('sums the rows of each class', async () => {
    const source = arraySource(drawn.features, FEATURES);
    const passes = await openPasses({ ...setting, source });
    const rows = standardisedRows(drawn.features, FEATURES);
    for (const [at, own] of (await classSums(passes, narrow.sets)).entries()) {
      const { labels, present } = narrow.sets[at]!;
      const problem = labelledRows(rows, labels.train, present.length);
      const means = meansOf(problem);
      expect(own.rows).toBe(problem.rows.length);
      expect([...own.counts]).toEqual(
        means.map((_, label) => problem.labels.filter((one) => one === label).length),
      );
      for (let feature = 0; feature < FEATURES; feature++) {
        const total = problem.rows.reduce((sum, row) => sum + row[feature]!, 0);
        expect(own.total[feature]).toBeCloseTo(total, 4);
        for (const [label, mean] of means.entries())
          expect(own.sums[feature * own.classes + label]! / own.counts[label]!).toBeCloseTo(
            mean[feature]!,
            5,
          );
      }
    }
    passes.dispose();
  });

  it('sums the Gram matrix of all rows, and of picked ones', async () => {
    const passes = await openPasses({ ...setting, source: arraySource(drawn.features, FEATURES) });
    const rows = standardisedRows(drawn.features, FEATURES);
    for (const picks of [undefined, Int32Array.of(0, 1, 2), Int32Array.of(3, 8, 20, 21, 59)]) {
      const gram = await passes.gram({ picks, precision: 'float64' });
      const own = picks === undefined ? rows : [...picks].map((row) => rows[row]!);
      for (const [at, sum] of gram.entries()) {
        const [left, right] = [Math.floor(at / FEATURES), at % FEATURES];
        expect(sum).toBeCloseTo(
          own.reduce((total, row) => total + row[left]! * row[right]!, 0),
          3,
        );
      }
    }
    passes.dispose();
  });

  it('fits ridge regression and its leave-one-out as fitting again without each row does', async () => {
    const before = tf.memory().numTensors;
    const { results, problems, passes } = await trained(trainRidge, setting, narrow);
    expect(passes).toBe(5);
    for (const [place, problem] of problems.entries()) {
      expect(results[place]!.map(({ l2 }) => l2)).toEqual(L2);
      for (const { l2, probe, leaveOneOut, gap, converged } of results[place]!) {
        const alpha = l2 * problem.rows.length;
        expectSame(probe, ridgeReference(problem, alpha), problem, 5);
        const expected = leaveOneOutReference(problem, alpha);
        expect(leaveOneOut!.error).toBeCloseTo(expected.error, 10);
        expect(leaveOneOut!.loss / expected.loss).toBeCloseTo(1, 5);
        expect([gap, converged]).toEqual([0, true]);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('fits ridge regression to more features than rows, one of them constant, with its leave-one-out', async () => {
    const { results, problems } = await trained(trainRidge, setting, wide);
    for (const { l2, probe, leaveOneOut } of results[0]!) {
      const alpha = l2 * problems[0]!.rows.length;
      expectSame(probe, ridgeReference(problems[0]!, alpha), problems[0]!, 4);
      const expected = leaveOneOutReference(problems[0]!, alpha);
      expect(leaveOneOut!.error).toBeCloseTo(expected.error, 10);
      expect(leaveOneOut!.loss / expected.loss).toBeCloseTo(1, 3);
      expect([...probe.weight.subarray((WIDE - 1) * 3)]).toEqual([0, 0, 0]);
    }
  });

  it('finds the discriminants of the shrunk covariance within classes', async () => {
    for (const [problem, digits] of [
      [narrow, 5],
      [wide, 3],
    ] as const) {
      const { results, problems } = await trained(trainLda, setting, problem);
      for (const [place, own] of problems.entries()) {
        for (const { l2, probe, leaveOneOut } of results[place]!) {
          expectSame(probe, discriminantReference(own, l2 / (1 + l2)), own, digits);
          expect(leaveOneOut).toBeUndefined();
        }
      }
    }
  });

  it.each([
    ['more features than rows', wide],
    ['features that are nearly the same', twins],
  ])('have their digits at a tiny l2 too, with %s', async (_, problem) => {
    const l2 = [1e-5, 1e-8];
    const ridge = await trained(trainRidge, setting, problem, l2);
    const rows = ridge.problems[0]!;
    for (const { l2: own, probe, leaveOneOut } of ridge.results[0]!) {
      const alpha = own * rows.rows.length;
      expectSame(probe, ridgeReference(rows, alpha), rows, 4);
      const expected = leaveOneOutReference(rows, alpha);
      if (leaveOneOut === undefined) continue;
      expect(leaveOneOut.error).toBeCloseTo(expected.error, 10);
      expect(leaveOneOut.loss / expected.loss).toBeCloseTo(1, 3);
    }
    const lda = await trained(trainLda, setting, problem, l2);
    for (const { l2: own, probe } of lda.results[0]!)
      expectSame(probe, discriminantReference(rows, own / (1 + own)), rows, 4);
  });

  it('puts the nearest class centroid first, in one pass', async () => {
    const { results, problems, passes } = await trained(trainCentroid, setting, narrow);
    expect(passes).toBe(1);
    for (const [place, problem] of problems.entries()) {
      expect(results[place]).toHaveLength(1);
      const means = meansOf(problem);
      const weight = problem.rows[0]!.map((_, feature) => means.map((mean) => mean[feature]!));
      const bias = means.map((mean) => -mean.reduce((sum, value) => sum + value ** 2, 0) / 2);
      expect(results[place]![0]!.l2).toBe(0);
      expectSame(results[place]![0]!.probe, { weight, bias }, problem, 5);
    }
  });
});

describe('closed forms', () => {
  beforeAll(() => loadBackend());

  async function workOnTensors() {
    const source = arraySource(drawn.features, FEATURES);
    const passes = await openPasses({ engine: 'tensors', resident: true, source });
    const settings = { l2: L2, seed: 0, tolerance: 1e-3, maxPasses: 9 };
    return { passes, validPasses: passes, labels: [whole], ...settings };
  }

  it('refuse a covariance that the memory has no room for', async () => {
    const work = await workOnTensors();
    for (const trainer of [trainRidge, trainLda])
      await expect(trainer({ ...work, solverBytes: 100 })).rejects.toThrow('too many features for a');
    work.passes.dispose();
  });

  it('stop when asked to', async () => {
    const stop = AbortSignal.abort();
    const before = tf.memory().numTensors;
    for (const trainer of [trainRidge, trainLda, trainCentroid]) {
      const work = await workOnTensors();
      await expect(trainer({ ...work, solverBytes: 2 ** 20, signal: stop })).rejects.toThrow('interrupted');
      work.passes.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
