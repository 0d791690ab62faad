import { describe, expect, it } from 'vitest';
import { TapGraph } from '../../src/report/tap-graph.js';
import { chainOf, graphOf, residual, skipOverHalf } from './example-graphs.js';

function branchesOf(edges: Parameters<typeof graphOf>[0]) {
  return new TapGraph(graphOf(edges)).branches().map(({ merge, taps, end, forks, bypasses }) => ({
    merge: merge.name,
    taps: taps.map(({ name }) => name),
    end,
    forks,
    bypasses,
  }));
}

describe('the branches of a network', () => {
  it('are none in a chain', () => {
    expect(branchesOf({ input: [], ...chainOf(5) })).toEqual([]);
  });

  it('are one in each residual block, not its shortcut', () => {
    expect(branchesOf(residual(2))).toEqual([
      {
        merge: 'add_1',
        taps: ['conv_1_a', 'relu_1', 'conv_1_b'],
        end: 'conv_1_b',
        forks: ['conv_0'],
        bypasses: ['conv_0'],
      },
      {
        merge: 'add_2',
        taps: ['conv_2_a', 'relu_2', 'conv_2_b'],
        end: 'conv_2_b',
        forks: ['add_1'],
        bypasses: ['add_1'],
      },
    ]);
  });

  it('are all but the shared part of an inception module', () => {
    const module = {
      input: [],
      conv_0: ['input'],
      conv_a: ['conv_0'],
      conv_b: ['conv_0'],
      conv_c: ['conv_b'],
      concat: ['conv_a', 'conv_c', 'conv_0'],
    };
    expect(branchesOf(module).map(({ taps, forks, bypasses }) => ({ taps, forks, bypasses }))).toEqual([
      { taps: ['conv_a'], forks: ['conv_0'], bypasses: ['conv_c', 'conv_0'] },
      { taps: ['conv_b', 'conv_c'], forks: ['conv_0'], bypasses: ['conv_a', 'conv_0'] },
    ]);
  });

  it('hold the modules inside of them, in whatever order the taps come', () => {
    const edges = {
      input: [],
      conv_a: ['input'],
      conv_b: ['conv_a'],
      add_inner: ['conv_a', 'conv_b'],
      add_outer: ['add_inner', 'input'],
    };
    const reversed = Object.fromEntries(Object.entries(edges).reverse());
    for (const each of [edges, reversed]) {
      const [inner, outer] = branchesOf(each);
      expect(inner).toMatchObject({ merge: 'add_inner', taps: ['conv_b'], forks: ['conv_a'] });
      expect(outer).toMatchObject({ taps: ['conv_a', 'conv_b', 'add_inner'], forks: ['input'] });
    }
  });

  it('need a fork: a second input of the network is no branch', () => {
    expect(branchesOf({ input_a: [], input_b: [], add_1: ['input_a', 'input_b'] })).toEqual([]);
  });

  it('are no branches of a merge with itself', () => {
    expect(branchesOf({ input: [], dense_1: ['input'], add_1: ['dense_1', 'dense_1'] })).toEqual([]);
  });
});

describe('the nearest probed tap', () => {
  const graph = new TapGraph(graphOf({ ...skipOverHalf(8), dense_aux: ['dense_6'] }));
  const among =
    (...names: readonly string[]) =>
    (name: string) =>
      names.includes(name);

  it('is the tap itself, or one before it that nothing else flows into', () => {
    expect(graph.before('dense_4', among('dense_4', 'dense_2'))).toBe('dense_4');
    expect(graph.before('dense_4', among('dense_2'))).toBe('dense_2');
    expect(graph.before('dense_6', among('dense_4'))).toBeUndefined();
    expect(graph.before('nowhere', among('dense_4'))).toBeUndefined();
  });

  it('is one after it, up to where signals part or come together', () => {
    expect(graph.after('add_1', among('dense_6', 'dense_8'))).toBe('dense_6');
    expect(graph.after('add_1', among('dense_7'))).toBeUndefined();
    expect(graph.after('dense_2', among('dense_4'))).toBe('dense_4');
    expect(graph.after('dense_2', among('add_1'))).toBeUndefined();
  });
});
