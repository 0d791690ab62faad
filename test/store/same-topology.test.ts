import { describe, expect, it } from 'vitest';
import { requireComparable } from '../../src/store/comparable-caches.js';
import type { ManifestTap } from '../../src/store/manifest.js';
import { requireSameTopology } from '../../src/store/same-topology.js';
import { smallIdentity } from './small-cache.js';

function tap(name: string, changes: Partial<ManifestTap> = {}): ManifestTap {
  return { name, kind: 'dense', op: 'Dense', shape: [4], depth: 1, inputs: ['input'], ...changes };
}

describe('requireSameTopology', () => {
  const a = { from: 'step-0', taps: [tap('one'), tap('two')] };

  it('takes checkpoints with the same taps, and one alone', () => {
    expect(() => requireSameTopology([a, { ...a, from: 'step-1' }])).not.toThrow();
    expect(() => requireSameTopology([a])).not.toThrow();
  });

  it.each([
    [[tap('one')], 'step-1 has no tap two, and step-0 has'],
    [[tap('one'), tap('two'), tap('three')], 'step-0 has no tap three, and step-1 has'],
    [[tap('one'), tap('two', { shape: [8] })], 'the shape of two is [8] in step-1 and [4] in step-0'],
    [[tap('one'), tap('two', { op: 'Conv2D' })], 'the op of two is Conv2D in step-1 and Dense in step-0'],
    [[tap('one'), tap('two', { inputs: ['one'] })], 'the inputs of two is ["one"] in step-1'],
  ])('refuses others, naming the tap: %#', (taps, problem) => {
    expect(() => requireSameTopology([a, { from: 'step-1', taps }])).toThrow(
      `not checkpoints of one network: ${problem}`,
    );
  });
});

describe('requireComparable', () => {
  const named = (from: string, changes = {}) => ({ from, identity: smallIdentity(changes) });

  it('takes caches that differ in their weights, their shards, and how the network was run', () => {
    const numerics = { ...smallIdentity().numerics, forward: 'compiled' };
    const other = named('b', { model: { weightsSha256: 'd' }, shardRows: 8, batch: 2, numerics });
    expect(() => requireComparable([named('a'), other])).not.toThrow();
  });

  it.each([
    [{ dataset: { kind: 'glyphs', seed: 2 } }, 'dataset.seed is 1 in a and 2 in b'],
    [{ dtype: 'float16' }, 'dtype is "float32" in a and "float16" in b'],
    [{ preprocess: {} }, 'preprocess.mean is [0.5,0.25,0] in a and absent in b'],
  ])('refuses those that differ in %j', (changes, problem) => {
    expect(() => requireComparable([named('a'), named('b', changes)])).toThrow(
      `checkpoints cannot be compared: ${problem} (extract them with the same options)`,
    );
  });
});
