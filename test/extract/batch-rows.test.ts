import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/dataset/dataset.js';
import { batchRows, keepRows, sampleOffsets } from '../../src/extract/batch-rows.js';

const empty = { length: 0, key: () => '' };
const DATASET: Dataset = {
  kind: 'idx',
  name: 'made-up',
  splits: { train: { length: 3, key: (index) => `train/${index}` }, valid: empty, test: empty },
  labelSets: [
    {
      name: 'label',
      classes: ['x', 'y'],
      labels: { train: Int32Array.of(1, 0, 1), valid: new Int32Array(), test: new Int32Array() },
    },
    {
      name: 'hue',
      classes: ['7'],
      labels: { train: Int32Array.of(-1, 0, 0), valid: new Int32Array(), test: new Int32Array() },
    },
  ],
  identity: {},
  read: async () => ({ kind: 'encoded', bytes: new Uint8Array() }),
};
const task = { split: 'train' as const, shard: 0, start: 0, end: 2, columns: [], samples: true };
const job = {
  task,
  slots: [
    { split: 'train' as const, index: 0 },
    { split: 'train' as const, index: 1 },
  ],
  last: true,
};

describe('batchRows', () => {
  const rows = batchRows({
    dataset: DATASET,
    offsets: { train: 0, valid: 3, test: 3 },
    job,
    samples: [
      { status: 'ok', width: 5, height: 6, sourceSha256: 'aa' },
      { status: 'quarantined', reason: 'empty file', sourceSha256: 'bb' },
    ],
    scoring: {
      outputs: 2,
      identity: {},
      score: (probabilities, row, label) => ({
        modelPrediction: `class ${label}`,
        modelLoss: probabilities[row * 2 + label] ?? Number.NaN,
        modelRank: row,
      }),
    },
    probabilities: Float32Array.of(0.25, 0.75, 0.5, 0.5),
  });

  it('gives a decoded sample its labels, size and the model verdict', () => {
    expect(rows[0]).toEqual({
      id: 0,
      key: 'train/0',
      labels: { label: 'y', hue: null },
      width: 5,
      height: 6,
      sourceSha256: 'aa',
      modelPrediction: 'class 1',
      modelLoss: 0.75,
      modelRank: 0,
      status: 'ok',
      reason: null,
    });
  });

  it('gives a quarantined sample its reason and no verdict', () => {
    expect(rows[1]).toMatchObject({
      status: 'quarantined',
      reason: 'empty file',
      modelLoss: null,
      width: null,
    });
  });
});

describe('sampleOffsets', () => {
  it('numbers the splits one after the other', () => {
    expect(sampleOffsets({ train: 10, valid: 5, test: 2 })).toEqual({ train: 0, valid: 10, test: 15 });
  });
});

describe('keepRows', () => {
  it('keeps the rows named, in order', () => {
    expect([...keepRows(Float32Array.of(1, 2, 3, 4, 5, 6), [0, 2], 2)]).toEqual([1, 2, 5, 6]);
  });

  it('leaves out the padding without copying when nothing is dropped', () => {
    const values = Float32Array.of(1, 2, 3, 4);
    const kept = keepRows(values, [0], 2);
    expect([...kept]).toEqual([1, 2]);
    expect(kept.buffer).toBe(values.buffer);
  });
});
