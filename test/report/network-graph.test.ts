import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COLLAPSES,
  type NetworkGraph,
  type NetworkNode,
  networkGraph,
} from '../../src/report/network-graph.js';
import { network } from './example-network.js';

function nameOf(node: NetworkNode): string {
  return node.kind === 'probed' ? node.tap.name.toUpperCase() : node.taps.map(({ name }) => name).join('+');
}

/** `a>b`: an edge from node a to node b, probed ones in capitals. */
function edgesOf({ nodes, edges }: NetworkGraph): readonly string[] {
  return edges.map(({ from, to }) => `${nameOf(nodes[from]!)}>${nameOf(nodes[to]!)}`);
}

/** a -> {b -> c, skip} -> d (merge) -> e */
const RESIDUAL = network('a b:a c:b d:a,c e:d');
/** a -> {b, c -> {d, e} -> f} -> g -> h: a module in a module */
const NESTED = network('a b:a c:a d:c e:c f:d,e g:b,f h:g');

describe('networkGraph', () => {
  it('draws every tap where nothing is collapsed', () => {
    const graph = networkGraph(RESIDUAL, { probed: new Set(['d']), collapse: 'none' });
    expect(graph.nodes.map(nameOf)).toEqual(['a', 'b', 'c', 'D', 'e']);
    expect(edgesOf(graph)).toEqual(['a>b', 'b>c', 'a>D', 'c>D', 'D>e']);
  });

  it('makes one node of layers in a row that have no probe, and keeps branches and skips', () => {
    const graph = networkGraph(RESIDUAL, { probed: new Set(['a', 'd']), collapse: 'chains' });
    expect(edgesOf(graph)).toEqual(['A>b+c', 'A>D', 'b+c>D', 'D>e']);
  });

  it('ends a row at probes, at branches and at merges', () => {
    const long = network('a b:a c:b d:c e:d f:e g:f,c');
    const graph = networkGraph(long, { probed: new Set(['e']), collapse: 'chains' });
    expect(graph.nodes.map(nameOf)).toEqual(['a+b+c', 'd', 'E', 'f', 'g']);
  });

  it('makes one node of a module with all its branches, and of modules inside it', () => {
    const graph = networkGraph(NESTED, { probed: new Set(['a']), collapse: 'modules' });
    expect(edgesOf(graph)).toEqual(['A>b+c+d+e+f+g+h']);
  });

  it('keeps the branches of a module that has a probe inside, and collapses the modules beside it', () => {
    const graph = networkGraph(NESTED, { probed: new Set(['b']), collapse: 'modules' });
    expect(edgesOf(graph)).toEqual(['a>B', 'a>c+d+e+f', 'B>g+h', 'c+d+e+f>g+h']);
  });

  it('keeps a branch that leads elsewhere out of the module, such as an auxiliary head', () => {
    const auxiliary = network('a b:a c:a d:b,c e:b');
    const graph = networkGraph(auxiliary, { probed: new Set(['e']), collapse: 'modules' });
    expect(edgesOf(graph)).toEqual(['a>b', 'a>c', 'b>d', 'c>d', 'b>E']);
  });

  it('collapses modules by itself only where a network is large', () => {
    const inception = (modules: number) => {
      const block = (at: number) => `b${at}:m${at} c${at}:m${at} m${at + 1}:b${at},c${at}`;
      return network(['m0', ...Array.from({ length: modules }, (_, at) => block(at))].join(' '));
    };
    const options = { probed: new Set(['m0']), collapse: 'auto' } as const;
    expect(networkGraph(inception(10), options).nodes).toHaveLength(31);
    expect(networkGraph(inception(60), options).nodes).toHaveLength(2);
  });

  it('keeps every tap in exactly one node, every node after its sources, and probed taps alone, whatever the network', () => {
    const anyNetwork = fc
      .array(fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), { maxLength: 30 })
      .map((sources) =>
        network(
          [
            't0',
            ...sources.map((of, at) => `t${at + 1}:${of.map((one) => `t${one % (at + 1)}`).join(',')}`),
          ].join(' '),
        ),
      );
    fc.assert(
      fc.property(
        anyNetwork,
        fc.func(fc.boolean()),
        fc.constantFrom(...COLLAPSES),
        (topology, isProbed, collapse) => {
          const probed = new Set(topology.taps.map(({ name }) => name).filter(isProbed));
          const { nodes, edges } = networkGraph(topology, { probed, collapse });
          const taps = nodes.flatMap((node) => (node.kind === 'probed' ? [node.tap] : node.taps));
          expect(taps.map(({ name }) => name).sort()).toEqual(topology.taps.map(({ name }) => name).sort());
          expect(nodes.flatMap((node) => (node.kind === 'probed' ? [node.tap.name] : [])).sort()).toEqual(
            [...probed].sort(),
          );
          for (const node of nodes)
            if (node.kind === 'layers') expect(node.taps.some(({ name }) => probed.has(name))).toBe(false);
          expect(isAcyclic(nodes.length, edges)).toBe(true);
        },
      ),
    );
  });
});

function isAcyclic(nodes: number, edges: NetworkGraph['edges']): boolean {
  let left = [...edges];
  const done = new Set<number>();
  for (let round = 0; round < nodes; round++) {
    for (let node = 0; node < nodes; node++) if (!left.some(({ to }) => to === node)) done.add(node);
    left = left.filter(({ from }) => !done.has(from));
  }
  return left.length === 0;
}
