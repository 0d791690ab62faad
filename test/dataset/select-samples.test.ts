import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Selection, selectSamples } from '../../src/dataset/select-samples.js';
import type { SourceSplit } from '../../src/dataset/source.js';
import { SPLITS, type Split } from '../../src/split.js';

function splitOf(keys: readonly string[]): SourceSplit {
  return {
    length: keys.length,
    key: (index) => keys[index] ?? '',
    labels: Int32Array.from(keys, (key) => key.length % 3),
  };
}

const PLAIN: Selection = { splitSeed: 0, carve: { valid: 0.1, test: 0.1 } };

const keySets = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 120 });
const carves = fc.record({
  valid: fc.double({ min: 0, max: 0.49, noNaN: true }),
  test: fc.double({ min: 0, max: 0.49, noNaN: true }),
});

/** The split of every key. */
function placement(keys: readonly string[], selection: Selection): Map<string, Split> {
  const selected = selectSamples({ train: splitOf(keys) }, selection);
  return new Map(
    SPLITS.flatMap((split) =>
      [...selected[split].indices].map((index) => [keys[index] ?? '', split] as const),
    ),
  );
}

describe('selectSamples', () => {
  it('puts every sample into exactly one split', () => {
    fc.assert(
      fc.property(keySets, carves, fc.integer(), (keys, carve, splitSeed) => {
        const selected = selectSamples({ train: splitOf(keys) }, { splitSeed, carve });
        const all = SPLITS.flatMap((split) => [...selected[split].indices]).sort((a, b) => a - b);
        expect(all).toEqual(keys.map((_, index) => index));
      }),
    );
  });

  it('moves no sample when others are added', () => {
    fc.assert(
      fc.property(keySets, fc.nat(119), carves, (keys, some, carve) => {
        const selection = { ...PLAIN, carve };
        const before = placement(keys.slice(0, some), selection);
        const after = placement(keys, selection);
        for (const [key, split] of before) expect(after.get(key)).toBe(split);
      }),
    );
  });

  it('keeps the order of the source', () => {
    fc.assert(
      fc.property(keySets, fc.integer({ min: 1, max: 50 }), (keys, limit) => {
        const selected = selectSamples({ train: splitOf(keys) }, { ...PLAIN, limit });
        for (const split of SPLITS) {
          expect([...selected[split].indices]).toEqual([...selected[split].indices].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('carves out the parts asked for', () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `train/${index}`);
    const { train, valid, test } = selectSamples(
      { train: splitOf(keys) },
      { splitSeed: 5, carve: { valid: 0.2, test: 0.05 } },
    );
    expect(valid.indices.length / keys.length).toBeCloseTo(0.2, 1.7);
    expect(test.indices.length / keys.length).toBeCloseTo(0.05, 2);
    expect(train.indices.length).toBe(keys.length - valid.indices.length - test.indices.length);
  });

  it('leaves a split whole that the source has, and carves the same test split then', () => {
    const keys = Array.from({ length: 500 }, (_, index) => `train/${index}`);
    const own = splitOf(['val/a', 'val/b']);
    const without = selectSamples({ train: splitOf(keys) }, PLAIN);
    const withValid = selectSamples({ train: splitOf(keys), valid: own }, PLAIN);
    expect(withValid.valid).toEqual({ from: 'valid', indices: Uint32Array.of(0, 1) });
    expect(withValid.test).toEqual(without.test);
    expect(withValid.train.indices.length).toBe(keys.length - without.test.indices.length);
  });

  it('leaves a split empty whose part is 0', () => {
    const { valid, test } = selectSamples(
      { train: splitOf(['a', 'b', 'c']) },
      { splitSeed: 0, carve: { valid: 0, test: 0 } },
    );
    expect([valid.indices.length, test.indices.length]).toEqual([0, 0]);
  });

  it('keeps `limit` samples per split, the larger limit holding the smaller', () => {
    fc.assert(
      fc.property(keySets, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (keys, a, b) => {
        const pick = (limit: number): number[] => [
          ...selectSamples({ train: splitOf(keys) }, { ...PLAIN, limit }).train.indices,
        ];
        const whole = selectSamples({ train: splitOf(keys) }, PLAIN).train.indices.length;
        const [few, many] = [pick(Math.min(a, b)), pick(Math.max(a, b))];
        expect(few.length).toBe(Math.min(whole, a, b));
        for (const index of few) expect(many).toContain(index);
      }),
    );
  });

  it('takes the limit after leaving classes out', () => {
    const source = splitOf(Array.from({ length: 300 }, (_, index) => 'k'.repeat((index % 3) + 1) + index));
    const { train } = selectSamples({ train: source }, { ...PLAIN, classes: [1], limit: 20 });
    expect(train.indices.length).toBe(20);
    for (const index of train.indices) expect(source.labels[index]).toBe(1);
  });

  it('chooses other samples for another seed', () => {
    const keys = Array.from({ length: 500 }, (_, index) => `train/${index}`);
    const other = selectSamples({ train: splitOf(keys) }, { ...PLAIN, splitSeed: 1 });
    expect(other.test).not.toEqual(selectSamples({ train: splitOf(keys) }, PLAIN).test);
  });
});
