import type { TopologyTap } from '../../src/store/topology.js';

/** A tap of a made-up graph: its kind is told by the letters that its name begins with, its depth by its inputs. */
export type Edges = Readonly<Record<string, readonly string[]>>;

const KINDS: Readonly<Record<string, string>> = {
  dense: 'dense',
  conv: 'convolution',
  relu: 'activation',
  add: 'merge',
  concat: 'merge',
  input: 'input',
};

/** The graph with these inputs of each tap, in any order. */
export function graphOf(edges: Edges): readonly TopologyTap[] {
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const depth = Math.max(-1, ...(edges[name] ?? []).map(depthOf)) + 1;
    depths.set(name, depth);
    return depth;
  };
  return Object.entries(edges).map(([name, inputs]) => {
    const word = /^[a-z]+/.exec(name)?.[0] ?? '';
    return { name, kind: KINDS[word] ?? 'other', op: word, shape: [4], depth: depthOf(name), inputs };
  });
}

/** `layers` dense layers in a row, from `dense_1` on. */
export function chainOf(layers: number, { from = 'input', start = 1 } = {}): Edges {
  const edges: Record<string, readonly string[]> = {};
  for (let at = 0; at < layers; at++)
    edges[`dense_${start + at}`] = [at === 0 ? from : `dense_${start + at - 1}`];
  return edges;
}

/** The paper's network of section 5.1: a skip connection over the first half of `layers` dense layers. */
export function skipOverHalf(layers: number): Edges {
  const half = layers / 2;
  return {
    input: [],
    ...chainOf(half),
    add_1: [`dense_${half}`, 'input'],
    ...chainOf(half, { from: 'add_1', start: half + 1 }),
  };
}

/** Residual blocks of two convolutions each: `add_1`, `add_2` ... */
export function residual(blocks: number): Edges {
  const edges: Record<string, readonly string[]> = { input: [], conv_0: ['input'] };
  for (let block = 1; block <= blocks; block++) {
    const before = block === 1 ? 'conv_0' : `add_${block - 1}`;
    edges[`conv_${block}_a`] = [before];
    edges[`relu_${block}`] = [`conv_${block}_a`];
    edges[`conv_${block}_b`] = [`relu_${block}`];
    edges[`add_${block}`] = [`conv_${block}_b`, before];
  }
  return edges;
}
