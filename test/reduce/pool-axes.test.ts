import { describe, expect, it } from 'vitest';
import { poolOrder } from '../../src/reduce/pool-axes.js';
import { defaultReduction, effectiveReduction, reductionFeatures } from '../../src/reduce/reduction.js';

const pool = { kind: 'average-pool' } as const;

describe('poolOrder', () => {
  it('has positions first and channels last, as one axis', () => {
    expect(poolOrder({ shape: [4, 5, 3] })).toEqual({ order: [0, 1, 2], shape: [4, 5, 3], asIs: true });
    const first = { shape: [3, 4, 5], axes: ['channels', 'height', 'width'] } as const;
    expect(poolOrder(first)).toEqual({ order: [1, 2, 0], shape: [4, 5, 3], asIs: false });
    const heads = { shape: [2, 16, 4], axes: ['channels', 'tokens', 'channels'] } as const;
    expect(poolOrder(heads)).toEqual({ order: [1, 0, 2], shape: [16, 8], asIs: false });
    expect(poolOrder({ shape: [4, 5], axes: ['height', 'width'] }).shape).toEqual([4, 5, 1]);
  });
});

describe('a pool', () => {
  it('leaves a tap whole whose axes are all channels', () => {
    const tap = { shape: [64, 64], axes: ['channels', 'channels'] } as const;
    expect(effectiveReduction(pool, tap)).toEqual({ kind: 'flatten' });
    expect(defaultReduction(tap)).toEqual({ kind: 'flatten' });
    expect(reductionFeatures(pool, tap)).toBe(4096);
  });

  it('gives one number of a map without channels, and as many cells as positions have', () => {
    const tap = { shape: [4, 6], axes: ['height', 'width'] } as const;
    expect(reductionFeatures(pool, tap)).toBe(1);
    expect(reductionFeatures({ kind: 'grid-pool', cells: 2 }, tap)).toBe(4);
  });

  it('is refused where an axis is unknown', () => {
    const tap = { name: 't', shape: [64, 64], axes: ['tokens', 'unknown'], unknownSince: 'Op at x' } as const;
    expect(() => effectiveReduction(pool, tap)).toThrow(
      /^tap cannot be pooled: t \(64x64\): .* since Op at x \(flatten,/,
    );
    expect(defaultReduction(tap)).toEqual({ kind: 'random-subset', features: 2048 });
    expect(effectiveReduction({ kind: 'flatten' }, tap)).toEqual({ kind: 'flatten' });
  });
});
