import { describe, expect, it } from 'vitest';
import { dropDuplicates } from '../../src/cli/drop-duplicates.js';
import { findDuplicates } from '../../src/read/duplicates.js';
import { perSplit } from '../../src/split.js';
import { sampleTables } from '../read/sample-tables.js';

const samples = sampleTables({
  train: [{ bytes: 'a' }, { bytes: 'b' }, { bytes: 'b' }],
  valid: [{ bytes: 'broken', quarantined: true }, { bytes: 'a' }, { bytes: 'c' }],
  test: [{ bytes: 'c' }, { bytes: 'd' }, { bytes: 'b' }],
});
const duplicates = findDuplicates(samples);
const labelSets = ['label', 'hue'].map((name) => ({
  name,
  classes: ['x', 'y'],
  labels: { train: Int32Array.of(0, 1, 1), valid: Int32Array.of(1, 0), test: Int32Array.of(1, 0, -1) },
}));

describe('dropDuplicates', () => {
  it('takes the labels and the verdict from what an earlier split has, and leaves train as it is', () => {
    const dropped = dropDuplicates({ samples, labelSets }, duplicates);
    for (const { labels } of dropped.labelSets)
      expect(perSplit((split) => [...labels[split]])).toEqual({
        train: [0, 1, 1],
        valid: [-1, 0],
        test: [-1, 0, -1],
      });
    expect(dropped.samples.valid.modelPrediction).toEqual(['x', null, 'x']);
    expect(dropped.samples.test.modelPrediction).toEqual([null, 'x', null]);
    expect([...labelSets[0]!.labels.valid]).toEqual([1, 0]);
  });

  it('refuses to leave no sample in valid', () => {
    const all = sampleTables({
      train: [{ bytes: 'a' }],
      valid: [{ bytes: 'a' }, { bytes: null, quarantined: true }],
      test: [],
    });
    expect(() => dropDuplicates({ samples: all, labelSets }, findDuplicates(all))).toThrow(
      '--drop-duplicates leaves no sample in valid: train has the bytes of all 1 ',
    );
  });
});
