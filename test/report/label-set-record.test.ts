import { describe, expect, it } from 'vitest';
import { labelSetRecord } from '../../src/report/label-set-record.js';

const NOTHING = {
  model: { train: null, valid: null, test: null },
  dropped: { train: 0, valid: 0, test: 0 },
};

describe('labelSetRecord', () => {
  it("has the chance level of each split by that split's own classes, whichever is frequent in train", () => {
    const labels = {
      train: Int32Array.of(0, 0, 0, 1, 2),
      valid: Int32Array.of(1, 1, 1, 0),
      test: Int32Array.of(-1, -1),
    };
    const classes = ['a', 'b', 'c'];
    const { chance, labelled } = labelSetRecord({ name: 'label', classes, labels }, NOTHING);
    expect(chance.train!.error).toBe(0.4);
    expect(chance.valid!.error).toBe(0.25);
    expect(chance.valid!.loss).toBeCloseTo(0.5623, 4);
    expect(chance.test).toBeNull();
    expect(labelled).toEqual({ train: 5, valid: 4, test: 0 });
  });

  it('is 90 % on ten balanced classes of which train has one more than of the others', () => {
    const balanced = Int32Array.from({ length: 100 }, (_, at) => at % 10);
    const train = Int32Array.from([...balanced, 3]);
    const test = Int32Array.from(balanced.filter((_, at) => at !== 3 && at !== 13));
    const classes = Array.from({ length: 10 }, (_, at) => String(at));
    const { chance } = labelSetRecord(
      { name: 'label', classes, labels: { train, valid: balanced, test } },
      NOTHING,
    );
    expect(chance.valid!.error).toBe(0.9);
    expect(chance.test!.error).toBeCloseTo(1 - 10 / 98, 12);
  });
});
