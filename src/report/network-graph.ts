import type { Topology, TopologyTap } from '../store/topology.js';
import { collapseModules } from './network-modules.js';

/**
 * How far layers without a probe are put together into one node: not at all, those in a row, or whole modules with all
 * their branches too (a stretch with one way in, one way out and no probe). `auto` takes modules where a network is large.
 */
export const COLLAPSES = ['auto', 'none', 'chains', 'modules'] as const;

/** One of {@link COLLAPSES}. */
export type Collapse = (typeof COLLAPSES)[number];

/** A node of a drawn network: a tap with a probe, or one or more layers without one, in the order of the graph. */
export type NetworkNode =
  | { readonly kind: 'probed'; readonly tap: TopologyTap }
  | { readonly kind: 'layers'; readonly taps: readonly TopologyTap[] };

/** From one node to another, by index. */
export interface NetworkEdge {
  readonly from: number;
  readonly to: number;
}

/** A network as it is drawn: every node after those it needs. */
export interface NetworkGraph {
  readonly nodes: readonly NetworkNode[];
  readonly edges: readonly NetworkEdge[];
}

/** Taps by index into a topology that make one node, in order. */
export type Group = readonly number[];

/** What {@link networkGraph} goes by. */
export interface GraphOptions {
  /** The names of the taps that have a probe. */
  readonly probed: ReadonlySet<string>;
  readonly collapse: Collapse;
}

/** More nodes than this, and `auto` collapses modules. */
const MANY_NODES = 150;

/** The graph to draw of a topology. Pure: equal topologies give equal graphs. */
export function networkGraph({ taps }: Topology, { probed, collapse }: GraphOptions): NetworkGraph {
  const place = new Map(taps.map(({ name }, index) => [name, index]));
  const inputs = taps.map((tap) => tap.inputs.map((name) => place.get(name)!));
  const isProbed = taps.map(({ name }) => probed.has(name));
  const each: readonly Group[] = taps.map((_, index) => [index]);
  const chains = collapse === 'none' ? each : collapseChains(inputs, isProbed);
  const asked = collapse === 'modules' || (collapse === 'auto' && chains.length > MANY_NODES);
  const groups = asked ? collapseModules(chains, inputs, isProbed) : chains;
  return {
    nodes: groups.map((group) =>
      nodeOf(
        group.map((index) => taps[index]!),
        isProbed[group[0]!]!,
      ),
    ),
    edges: edgesOf(groups, inputs),
  };
}

function nodeOf(taps: readonly TopologyTap[], isProbed: boolean): NetworkNode {
  return isProbed ? { kind: 'probed', tap: taps[0]! } : { kind: 'layers', taps };
}

/** Puts a layer to the one before it where neither has a probe and nothing else comes in or goes out between them. */
function collapseChains(inputs: readonly Group[], isProbed: readonly boolean[]): readonly Group[] {
  const uses = inputs
    .flat()
    .reduce((all, input) => all.set(input, (all.get(input) ?? 0) + 1), new Map<number, number>());
  const chains: number[][] = [];
  const chainOf = new Map<number, number[]>();
  for (const [index, [input, ...more]] of inputs.entries()) {
    const goesOn = input !== undefined && more.length === 0 && uses.get(input) === 1 && !isProbed[input];
    const chain = goesOn && !isProbed[index] ? chainOf.get(input)! : [];
    if (chain.length === 0) chains.push(chain);
    chain.push(index);
    chainOf.set(index, chain);
  }
  return chains;
}

/** The edges between groups, each once, in the order of what they lead to. */
function edgesOf(groups: readonly Group[], inputs: readonly Group[]): readonly NetworkEdge[] {
  const groupOf = new Map(groups.flatMap((group, at) => group.map((index) => [index, at] as const)));
  return groups.flatMap((group, to) => {
    const sources = new Set(group.flatMap((index) => inputs[index]!.map((input) => groupOf.get(input)!)));
    return [...sources].filter((from) => from !== to).map((from) => ({ from, to }));
  });
}
