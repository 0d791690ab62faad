import { describe, expect, it } from 'vitest';
import { type FoldedNetwork, foldNetwork } from '../../src/report/network-fold.js';
import type { NetworkEdge } from '../../src/report/network-graph.js';
import { layOutNetwork } from '../../src/report/network-layout.js';

const BOX = { width: 70, height: 36, side: 0 };

/** A chain of nodes, with further edges. */
async function folded(nodes: number, more: readonly NetworkEdge[] = [], side = 0): Promise<FoldedNetwork> {
  const sizes = Array.from({ length: nodes }, () => ({ ...BOX, side }));
  const chain = sizes.slice(1).map((_, from) => ({ from, to: from + 1 }));
  return foldNetwork(await layOutNetwork(sizes, [...chain, ...more]));
}

/** How many columns there are: node tops that go up again begin a new one. */
function columnsOf({ nodes }: FoldedNetwork): number {
  return 1 + nodes.slice(1).filter(({ top }, before) => top < nodes[before]!.top).length;
}

describe('layOutNetwork and foldNetwork', () => {
  it('put a short chain into one column, downwards, with an edge from each node to the next', async () => {
    const { nodes, edges, height } = await folded(3);
    expect(nodes.map(({ left }) => left)).toEqual([0, 0, 0]);
    for (const [at, node] of nodes.slice(1).entries()) expect(node.top).toBeGreaterThan(nodes[at]!.top + 36);
    expect(height).toBeCloseTo(nodes.at(-1)!.top + 36);
    for (const { from, to, pieces, tip } of edges) {
      expect(pieces[0]![0]!.y).toBeCloseTo(nodes[from]!.top + 36, 0);
      expect(tip.y).toBeCloseTo(nodes[to]!.top, 0);
    }
  });

  it.each([0, 90])(
    'wrap a chain of 128 nodes into columns of a page, none over the other (side %i)',
    async (side) => {
      const network = await folded(128, [], side);
      expect(columnsOf(network)).toBeGreaterThan(side === 0 ? 6 : 3);
      expect(network.width).toBeLessThanOrEqual(980);
      for (const [at, a] of network.nodes.entries()) {
        expect(a.left).toBeGreaterThanOrEqual(-0.01);
        expect(a.left + a.width + a.side).toBeLessThanOrEqual(network.width + 0.01);
        expect(a.top + a.height).toBeLessThanOrEqual(network.height + 0.01);
        for (const b of network.nodes.slice(at + 1)) {
          const apart =
            Math.abs(a.left - b.left) >= a.width + a.side - 0.01 ||
            Math.abs(a.top - b.top) >= a.height - 0.01;
          expect(apart, JSON.stringify([a, b])).toBe(true);
        }
      }
    },
  );

  it('lead a long skip connection through every column that it passes', async () => {
    const network = await folded(128, [{ from: 1, to: 64 }]);
    const skip = network.edges.find(({ from, to }) => from === 1 && to === 64)!;
    const passed = network.nodes
      .slice(2, 65)
      .filter(({ top }, at) => top < network.nodes[at + 1]!.top).length;
    expect(passed).toBeGreaterThan(2);
    expect(skip.pieces).toHaveLength(passed + 1);
    expect(skip.links).toHaveLength(passed);
    for (const [at, link] of skip.links.entries()) {
      expect(link[0]).toEqual(skip.pieces[at]!.at(-1));
      expect(link.at(-1)).toEqual(skip.pieces[at + 1]![0]);
    }
  });

  it('cut where no other line has to be led on, if there is such a place near', async () => {
    // Blocks of three nodes with a skip: between blocks one edge passes, inside them two.
    const skips = Array.from({ length: 16 }, (_, block) => ({ from: 3 * block, to: 3 * block + 2 }));
    const { edges } = await folded(50, skips);
    for (const { from, to, links } of edges) if (to === from + 2) expect(links).toEqual([]);
    expect(edges.flatMap(({ links }) => links).length).toBeGreaterThan(0);
  });

  it('give the same numbers each time', async () => {
    expect(await folded(40, [{ from: 2, to: 30 }])).toEqual(await folded(40, [{ from: 2, to: 30 }]));
  });

  it('take networks without edges, and without nodes', async () => {
    expect((await folded(1)).nodes).toHaveLength(1);
    expect(foldNetwork(await layOutNetwork([], []))).toMatchObject({ nodes: [], edges: [] });
  });
});
