import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { nativeSoftmax } from '../../src/backend/softmax.js';
import { type ColumnOptions, probeColumn } from '../../src/probe/probe-column.js';
import { perSplit } from '../../src/split.js';
import { arraySource, drawProblem } from './small-problem.js';

const FEATURES = 5;
const drawn = drawProblem({
  rows: { train: 90, valid: 60, test: 40 },
  features: FEATURES,
  classes: 3,
  noise: 2,
  seed: 9,
});
const label = {
  name: 'label',
  classes: ['ant', 'bee', 'cat'],
  labels: perSplit((split) => drawn[split].labels),
};

function optionsFor(changes: Partial<ColumnOptions> = {}): ColumnOptions {
  return {
    column: { tap: 'add_5', depth: 3, shape: '5', reduction: 'flatten' },
    sources: perSplit((split) => arraySource(drawn[split].features, FEATURES)),
    ...{ labelSets: [label], l2: [0, 1e-2], kind: 'sgd', seed: 7, memoryBytes: 2 ** 30 },
    stochastic: { rates: [1e-3, 1e-2, 1e-1], batch: 20, epochs: 30, patience: 3 },
    ...changes,
  };
}

describe('probeColumn with minibatches', () => {
  beforeAll(() => loadBackend());

  it('has a row for every l2 and rate, selects the lowest loss on valid, and tests that one alone', async () => {
    for (const kind of ['sgd', 'adam'] as const) {
      const { measurements } = await probeColumn(optionsFor({ kind }));
      expect(measurements.map(({ l2, learningRate }) => [l2, learningRate])).toEqual(
        [1e-2, 0].flatMap((l2) => [1e-3, 1e-2, 1e-1].map((rate) => [l2, rate])),
      );
      const best = measurements.toSorted((a, b) => a.valid.loss - b.valid.loss)[0];
      expect(measurements.filter(({ selected }) => selected)).toEqual([best]);
      expect(measurements.filter(({ test }) => test !== null)).toEqual([best]);
      expect(best!.valid.loss).toBeLessThan(1);
      for (const { probe, epoch, optimalityGap, l2 } of measurements) {
        expect(probe).toBe(kind);
        expect(epoch).toBeGreaterThan(0);
        expect(Number.isFinite(optimalityGap)).toBe(l2 > 0);
      }
    }
  });

  it('reads a source that is streamed once an epoch, and valid once where it fits in memory', async () => {
    const stochastic = { rates: [1e-2], batch: 20, epochs: 4, patience: 9 };
    const reads = async (memoryBytes: number) => {
      const options = optionsFor({ memoryBytes, stochastic, l2: [0] });
      await probeColumn(options);
      return (['train', 'valid'] as const).map(
        (split) => (options.sources[split] as ReturnType<typeof arraySource>).reads,
      );
    };
    if (nativeSoftmax() !== undefined) expect(await reads(2 ** 30)).toEqual([1, 1]);
    // Train: standardising, four epochs, scoring; valid: before the first epoch, after each, scoring.
    expect(await reads(64)).toEqual([6, 6]);
  });

  it('refuses a negative l2', async () => {
    await expect(probeColumn(optionsFor({ l2: [-1] }))).rejects.toThrow(
      'l2 out of range: -1 (one or more numbers from 0, like 1e-4)',
    );
  });
});
