import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkpointConflict,
  checkpointFolder,
  checkpointOfFolder,
  checkpointText,
  compareCheckpoints,
  seedOfFolder,
} from '../src/checkpoint.js';

describe('checkpointOfFolder', () => {
  it.each([
    ['', 'step-000100', { step: 100, modelSeed: null }],
    ['models', 'epoch_3', { step: 3, modelSeed: null }],
    ['seed-1', 'step-0', { step: 0, modelSeed: 1 }],
    ['seed=12', 'step=7', { step: 7, modelSeed: 12 }],
    ['', 'resnet50-epoch3.final', { step: 3, modelSeed: null }],
    ['', 'Seed_4', { step: null, modelSeed: 4 }],
    ['', 'seeds-2', { step: 2, modelSeed: null }],
    ['run-1', '20', { step: 20, modelSeed: null }],
    ['', 'final', null],
    ['', `step-${'9'.repeat(20)}`, null],
  ])('reads %j / %j', (parent, name, expected) => {
    expect(checkpointOfFolder(parent, name)).toEqual(expected);
  });

  it('reads what checkpointFolder writes', () => {
    const number = fc.option(fc.nat(), { nil: null });
    fc.assert(
      fc.property(number, number, (step, modelSeed) => {
        fc.pre(step !== null || modelSeed !== null);
        const [leaf = '', parent = ''] = checkpointFolder({ step, modelSeed }).split('/').reverse();
        expect(checkpointOfFolder(parent, leaf)).toEqual({ step, modelSeed });
      }),
    );
  });
});

describe('a checkpoint', () => {
  it('is sorted by seed, and then by step as a number', () => {
    const all = [
      { step: 10, modelSeed: 1 },
      { step: 9, modelSeed: 1 },
      { step: 100, modelSeed: 0 },
    ];
    expect(all.sort(compareCheckpoints).map(checkpointText)).toEqual([
      'step 100, seed 0',
      'step 9, seed 1',
      'step 10, seed 1',
    ]);
  });

  it('is told apart from others by seed and step, which all have or none', () => {
    const at = (from: string, step: number | null, modelSeed: number | null) => ({ from, step, modelSeed });
    expect(checkpointConflict([at('a', 1, null), at('b', 2, null)])).toBeUndefined();
    expect(checkpointConflict([at('a', 1, 1), at('b', 1, 2)])).toBeUndefined();
    expect(checkpointConflict([at('a', 1, null), at('b', 1, null)])).toBe('a and b are both step 1');
    expect(checkpointConflict([at('a', 1, 1), at('b', 2, null)])).toBe('a has a seed and b has none');
    expect(checkpointConflict([at('a', 1, 1), at('b', null, 2)])).toBe('a has a step and b has none');
  });

  it('has a seed only where its folder says so', () => {
    expect(seedOfFolder('seed-07')).toBe(7);
    expect(seedOfFolder('seedling')).toBeNull();
  });
});
