import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import {
  defaultReduction,
  effectiveReduction,
  parseReduction,
  type Reduction,
  reductionFeatures,
  reductionName,
} from '../../src/reduce/reduction.js';

const count = fc.integer({ min: 1, max: 999_999_999 });
const anyReduction: fc.Arbitrary<Reduction> = fc.oneof(
  fc.constantFrom<Reduction>({ kind: 'flatten' }, { kind: 'average-pool' }, { kind: 'max-pool' }),
  count.map((cells): Reduction => ({ kind: 'grid-pool', cells })),
  count.map((features): Reduction => ({ kind: 'random-subset', features })),
  count.map((features): Reduction => ({ kind: 'random-projection', features })),
);

describe('parseReduction', () => {
  test('reads back every name that reductionName writes', () => {
    fc.assert(
      fc.property(anyReduction, (r) => {
        expect(parseReduction(reductionName(r))).toEqual(r);
      }),
    );
  });

  test('names the choices when the kind is unknown', () => {
    expect(() => parseReduction('avg')).toThrow(
      'reduction not found: avg (known: flatten, average-pool, max-pool, grid-pool:K, random-subset:N, random-projection:N)',
    );
  });

  test.each([
    '',
    'flatten:2',
    'grid-pool',
    'grid-pool:',
    'grid-pool:0',
    'grid-pool:1.5',
    'grid-pool:2:2',
    'random-subset:-1',
    'random-subset:1e3',
    'random-projection:0x10',
    'random-projection:9999999999',
  ])('refuses %j', (text) => {
    expect(() => parseReduction(text)).toThrow(UserError);
  });

  test('says what a number would look like', () => {
    expect(() => parseReduction('grid-pool:x')).toThrow(/: grid-pool:x \(such as grid-pool:2\)$/);
  });
});

describe('defaultReduction', () => {
  test('keeps a tap whole below 2,048 features', () => {
    expect(defaultReduction({ shape: [7, 7, 41] })).toEqual({ kind: 'flatten' });
    expect(defaultReduction({ shape: [8, 8, 32] })).toEqual({ kind: 'average-pool' });
  });

  test('keeps vectors whole whatever their length', () => {
    expect(defaultReduction({ shape: [4096] })).toEqual({ kind: 'flatten' });
  });
});

describe('effectiveReduction', () => {
  test('turns the pools of a vector into flatten and leaves all else', () => {
    fc.assert(
      fc.property(
        anyReduction,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        (r, shape) => {
          const pools = r.kind === 'average-pool' || r.kind === 'max-pool' || r.kind === 'grid-pool';
          expect(effectiveReduction(r, { shape })).toEqual(
            pools && shape.length === 1 ? { kind: 'flatten' } : r,
          );
        },
      ),
    );
  });
});

describe('reductionFeatures', () => {
  test.each([
    ['flatten', [28, 28, 3], 2352],
    ['average-pool', [28, 28, 3], 3],
    ['average-pool', [10], 10],
    ['max-pool', [12, 5], 5],
    ['grid-pool:2', [28, 28, 3], 12],
    ['grid-pool:4', [3, 7, 2], 24],
    ['random-subset:10', [3, 3, 2], 10],
    ['random-subset:100', [3, 3, 2], 18],
    ['random-projection:100', [3, 3, 2], 100],
  ])('%s of %j gives %i', (text, shape, features) => {
    expect(reductionFeatures(parseReduction(text), { shape })).toBe(features);
  });
});
