import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutFolds, withoutFold } from '../../src/probe/folds.js';
import { NO_LABEL, type ProbeLabelSet } from '../../src/probe/probe-labels.js';

function setOf(train: Int32Array): ProbeLabelSet {
  const none = new Int32Array(0);
  return { name: 'label', classes: ['a', 'b', 'c', 'd'], labels: { train, valid: none, test: none } };
}

const keysOf = (rows: number) => Array.from({ length: rows }, (_, row) => `train/${row}`);

const problem = fc.record({
  labels: fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 12, maxLength: 80 }),
  folds: fc.integer({ min: 2, max: 6 }),
  seed: fc.nat(),
});

describe('folds', () => {
  it('share out the labelled rows: as many to each, of every class too, give or take one', () => {
    const property = fc.property(problem, ({ labels, folds, seed }) => {
      const train = Int32Array.from(labels);
      fc.pre(train.filter((label) => label >= 0).length >= folds);
      const cut = cutFolds(setOf(train), { folds, seed, keys: keysOf(train.length) });
      expect(cut.map((fold) => Number(fold < 0))).toEqual(train.map((label) => Number(label < 0)));
      const sizes = (of: (label: number) => boolean) =>
        Array.from(
          { length: folds },
          (_, fold) => cut.filter((own, row) => own === fold && of(train[row]!)).length,
        );
      for (const counts of [
        sizes(() => true),
        ...[0, 1, 2, 3].map((own) => sizes((label) => label === own)),
      ]) {
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
    });
    fc.assert(property);
  });

  it('are decided by seed and keys, wherever the rows are', () => {
    const train = Int32Array.from({ length: 60 }, (_, row) => row % 3);
    const keys = keysOf(60);
    const cut = (seed: number, own = keys) => [...cutFolds(setOf(train), { folds: 4, seed, keys: own })];
    expect(cut(1)).toEqual(cut(1));
    expect(cut(1)).not.toEqual(cut(2));
    // Rows of the same class change places with their keys, and take their folds along.
    const moved = keys.map((_, row) => keys[(row + 3) % 60]!);
    expect(cut(1, moved)).toEqual(cut(1).map((_, row) => cut(1)[(row + 3) % 60]));
  });

  it('lose their labels and nothing else', () => {
    const train = Int32Array.of(0, 1, -1, 2, 1);
    const set = setOf(train);
    const without = withoutFold(set, Int32Array.of(0, 1, -1, 1, 0), 1, 2);
    expect([...without.labels.train]).toEqual([0, NO_LABEL, -1, NO_LABEL, 1]);
    expect(without.labels.valid).toBe(set.labels.valid);
    expect(without.name).toBe('label without fold 2 of 2');
    expect([...train]).toEqual([0, 1, -1, 2, 1]);
  });

  it('are refused where there are fewer labelled samples', () => {
    const set = setOf(Int32Array.of(0, 1, -1));
    expect(() => cutFolds(set, { folds: 3, seed: 0, keys: keysOf(3) })).toThrow(
      'label set label: 2 labelled train samples for 3 folds (a fold needs one or more)',
    );
  });
});
