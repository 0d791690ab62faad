import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepPairs } from '../../src/report/depth-step-pairs.js';
import type { Topology } from '../../src/store/topology.js';
import { measurement, topology } from './example-run.js';

const at = (taps: Readonly<Record<string, number>>) =>
  Object.entries(taps).map(([tap, depth]) => measurement({ tap, depth }));

const names = (pairs: ReturnType<typeof stepPairs>) => pairs.map(({ from, to }) => `${from.tap} ${to.tap}`);

describe('stepPairs', () => {
  it('go by depth without a topology, and from taps of equal depth to none of these', () => {
    const rows = at({ a: 0, b: 1, c: 1, d: 4 });
    expect(names(stepPairs(rows))).toEqual(['a b', 'a c', 'c d']);
    expect(stepPairs(rows.slice(0, 1))).toEqual([]);
  });

  it('go along the edges of the network, over taps that are not probed', () => {
    expect(names(stepPairs(at({ input: 0, add_1: 2, add_2: 4 }), topology))).toEqual([
      'input add_1',
      'add_1 add_2',
    ]);
    const all = at({ input: 0, conv_1: 1, add_1: 2, conv_2: 3, add_2: 4 });
    expect(names(stepPairs(all, topology))).toEqual([
      'input conv_1',
      'input add_1',
      'conv_1 add_1',
      'add_1 conv_2',
      'add_1 add_2',
      'conv_2 add_2',
    ]);
  });

  it('do not go from one branch to another', () => {
    const branches: Topology = {
      taps: [
        ['stem', []],
        ['left', ['stem']],
        ['right', ['stem']],
        ['deeper', ['right']],
        ['join', ['left', 'deeper']],
      ].map(([name, inputs], depth) => ({
        ...{ name: name as string, inputs: inputs as string[], depth },
        ...{ kind: 'dense', op: 'dense', shape: [1] },
      })),
    };
    const rows = at({ stem: 0, left: 1, right: 2, deeper: 3, join: 4 });
    expect(names(stepPairs(rows, branches))).toEqual([
      'stem left',
      'stem right',
      'right deeper',
      'left join',
      'deeper join',
    ]);
  });

  it('go by depth where the topology lacks a tap', () => {
    expect(names(stepPairs(at({ input: 0, mine: 1, add_1: 2 }), topology))).toEqual([
      'input mine',
      'mine add_1',
    ]);
  });

  it('are so many sequences where taps have several reductions', () => {
    const rows = ['flatten', 'max-pool'].flatMap((reduction) =>
      at({ a: 0, b: 1 }).map((row) => ({ ...row, reduction })),
    );
    const pairs = stepPairs(rows).map(({ from, to }) => [from.reduction, to.reduction]);
    expect(pairs).toEqual([
      ['flatten', 'flatten'],
      ['max-pool', 'max-pool'],
    ]);
    const [first, second] = at({ a: 0, b: 1 });
    const mixed = [{ ...first!, reduction: 'flatten' }, second!];
    expect(names(stepPairs(mixed))).toEqual(['a b']);
  });

  it('in any network: each tap but those without a probed one before it is come to, and each step goes deeper', () => {
    const network = fc.array(fc.tuple(fc.boolean(), fc.array(fc.nat(), { maxLength: 3 })), {
      minLength: 1,
      maxLength: 25,
    });
    const property = fc.property(network, (nodes) => {
      const taps = nodes.map(([, inputs], depth) => ({
        ...{ name: `t${depth}`, kind: 'dense', op: 'dense', shape: [1], depth },
        inputs:
          depth === 0
            ? []
            : [
                ...new Set([depth - 1 - ((inputs[0] ?? 0) % depth), ...inputs.map((input) => input % depth)]),
              ].map((input) => `t${input}`),
      }));
      const rows = at(
        Object.fromEntries(taps.filter((_, at) => nodes[at]![0]).map(({ name, depth }) => [name, depth])),
      );
      const pairs = stepPairs(rows, { taps });
      for (const { from, to } of pairs) expect(from.depth).toBeLessThan(to.depth);
      expect(new Set(names(pairs)).size).toBe(pairs.length);
      const ancestors = (name: string): string[] =>
        taps.find((tap) => tap.name === name)!.inputs.flatMap((input) => [input, ...ancestors(input)]);
      for (const { tap } of rows) {
        const before = rows.some((row) => taps.length < 12 && ancestors(tap).includes(row.tap));
        if (before) expect(pairs.some(({ to }) => to.tap === tap)).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 60 });
  });
});
