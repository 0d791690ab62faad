import { describe, expect, it } from 'vitest';
import { prepareLabels } from '../../src/probe/probe-labels.js';

const column = { tap: 'add_5', reduction: 'flatten' };

function prepare(train: number[], valid: number[], test: number[] = []) {
  const labels = {
    train: Int32Array.from(train),
    valid: Int32Array.from(valid),
    test: Int32Array.from(test),
  };
  const rows = { train: train.length, valid: valid.length, test: test.length };
  return prepareLabels({ name: 'colour', classes: ['red', 'green', 'blue', 'grey'], labels }, rows, column);
}

describe('prepareLabels', () => {
  it('numbers the classes of the train split anew, and marks the rest', () => {
    const prepared = prepare([3, 1, -1, 3], [0, 1], [3, -1, 2]);
    expect([...prepared.present]).toEqual([1, 3]);
    expect([...prepared.labels.train]).toEqual([1, 0, -1, 1]);
    expect([...prepared.labels.valid]).toEqual([-2, 0]);
    expect([...prepared.labels.test]).toEqual([1, -1, -2]);
    expect(prepared.labelled).toEqual({ train: 3, valid: 2, test: 2 });
    expect([...prepared.frequencies]).toEqual([1 / 3, 2 / 3]);
  });

  it('refuses a train split without labels, or with one class', () => {
    expect(() => prepare([-1, -1], [0])).toThrow(
      'label set colour: no labelled sample in the train split of tap add_5, reduction flatten',
    );
    expect(() => prepare([2, 2], [0])).toThrow('samples of one class only in the train split');
  });

  it('refuses a valid split without labels, saying how to get one', () => {
    expect(() => prepare([0, 1], [-1])).toThrow('no labelled sample in the valid split');
    expect(() => prepare([0, 1], [])).toThrow('let the extraction carve it out of train');
  });

  it('refuses labels that do not belong to the rows or to a class', () => {
    expect(() => prepare([0, 1, 4], [0])).toThrow('train label 4 (0 to 3, or -1)');
    const labels = { train: Int32Array.of(0, 1), valid: Int32Array.of(0), test: Int32Array.of() };
    const set = { name: 'colour', classes: ['red', 'green'], labels };
    expect(() => prepareLabels(set, { train: 3, valid: 1, test: 0 }, column)).toThrow(
      '2 train labels for 3 rows',
    );
  });
});
