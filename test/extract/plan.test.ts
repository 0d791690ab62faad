import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allShards, estimateColumns, planExtraction } from '../../src/extract/plan.js';
import { featureFile, samplesFile } from '../../src/store/layout.js';
import { parseWorker } from '../../src/worker.js';

const COLUMNS = [
  { tap: 'a', reduction: 'flatten', features: 3 },
  { tap: 'b', reduction: 'average-pool', features: 5 },
];
const SAMPLES = { train: 25, valid: 10, test: 0 };
const INPUTS = {
  samples: SAMPLES,
  shardRows: 10,
  columns: COLUMNS,
  committed: new Set<string>(),
  format: 'arrow' as const,
};

describe('planExtraction', () => {
  it('asks for every column and samples part of an empty cache, shard by shard', () => {
    const tasks = planExtraction(INPUTS);
    expect(tasks.map(({ split, shard, start, end }) => [split, shard, start, end])).toEqual([
      ['train', 0, 0, 10],
      ['train', 1, 10, 20],
      ['train', 2, 20, 25],
      ['valid', 0, 0, 10],
    ]);
    expect(tasks.every((task) => task.samples && task.columns.length === 2)).toBe(true);
  });

  it('leaves out what is committed', () => {
    const committed = new Set([
      samplesFile('train', 0),
      samplesFile('train', 1),
      featureFile(COLUMNS[0]!, 'train', 0, 'arrow'),
      featureFile(COLUMNS[1]!, 'train', 0, 'arrow'),
      featureFile(COLUMNS[1]!, 'train', 1, 'arrow'),
    ]);
    const [first] = planExtraction({ ...INPUTS, committed });
    expect(first).toMatchObject({ split: 'train', shard: 1, samples: false });
    expect(first?.columns).toEqual([COLUMNS[0]]);
  });

  it('asks again for shards that are to be made anew, whole, though they are committed', () => {
    const shard = [samplesFile('train', 1), ...COLUMNS.map((each) => featureFile(each, 'train', 1, 'arrow'))];
    const committed = new Set([...shard, samplesFile('train', 0)]);
    const tasks = planExtraction({ ...INPUTS, columns: [COLUMNS[0]!], committed, again: new Set(shard) });
    expect(tasks[0]).toMatchObject({ shard: 0, samples: false });
    expect(tasks[0]).not.toHaveProperty('again');
    expect(tasks[1]).toMatchObject({ shard: 1, samples: true, columns: [COLUMNS[0]], again: true });
  });

  it('does not count a shard of another format as done', () => {
    const committed = new Set([featureFile(COLUMNS[0]!, 'train', 0, 'parquet')]);
    expect(planExtraction({ ...INPUTS, committed })[0]?.columns).toEqual(COLUMNS);
  });

  it('shares the shards among workers without overlap, whatever is committed', () => {
    const sizes = fc.record({ train: fc.nat(200), valid: fc.nat(50), test: fc.nat(50) });
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 7 }),
        (samples, shardRows, count) => {
          const whole = planExtraction({ ...INPUTS, samples, shardRows });
          const parts = Array.from({ length: count }, (_, place) =>
            planExtraction({ ...INPUTS, samples, shardRows, worker: { index: place + 1, count } }),
          ).flat();
          const name = ({ split, shard }: (typeof whole)[number]) => `${split}/${shard}`;
          expect(parts.map(name).sort()).toEqual(whole.map(name).sort());
        },
      ),
    );
  });

  it('covers every sample exactly once', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 64 }), (train, shardRows) => {
        const covered = allShards({ train, valid: 0, test: 0 }, shardRows).flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, place) => start + place),
        );
        expect(covered).toEqual(Array.from({ length: train }, (_, index) => index));
      }),
    );
  });
});

describe('estimateColumns', () => {
  it('counts the ids and the features of what is missing', () => {
    const tasks = planExtraction(INPUTS);
    expect(estimateColumns(tasks, COLUMNS, 'float32').map(({ rows, bytes }) => [rows, bytes])).toEqual([
      [35, 35 * (4 + 12)],
      [35, 35 * (4 + 20)],
    ]);
    expect(estimateColumns(tasks, COLUMNS, 'float16')[0]?.bytes).toBe(35 * (4 + 6));
  });
});

describe('parseWorker', () => {
  it('reads I/N', () => {
    expect(parseWorker('2/8')).toEqual({ index: 2, count: 8 });
  });

  it.each(['0/4', '5/4', '1', 'a/b', '1/0', '-1/2'])('refuses %s', (text) => {
    expect(() => parseWorker(text)).toThrow(`worker is not I/N with I from 1 to N: ${text}`);
  });
});
