import { type OtherSource, otherSources } from '../other-sources.js';
import type { OnnxGraph, OnnxNode } from './graph.js';
import { NodeSources } from './node-sources.js';
import { readBy } from './structure.js';

/** Ops that say how large a value is, which is the same whatever is in it. */
const SIZES = /^(Shape|Size)$/;

/**
 * What values depend on besides the image, by their names.
 *
 * @param mixing - the nodes that combine the images of a batch.
 */
export function valueSources(
  graph: OnnxGraph,
  mixing: ReadonlySet<OnnxNode>,
): ReadonlyMap<string, OtherSource> {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const sources = new NodeSources(graph);
  const found = otherSources<OnnxNode>({
    nodes: graph.nodes,
    readsOf: (node) => (SIZES.test(node.op) ? [] : readBy(node).flatMap((name) => makers.get(name) ?? [])),
    own: (node) => {
      const own = sources.of(node);
      if (own !== undefined || !mixing.has(node)) return own;
      return { kind: 'batch', place: `${node.op} at ${node.name === '' ? node.outputs[0] : node.name}` };
    },
  });
  return new Map(
    [...makers].flatMap(([name, node]) => {
      const source = found.get(node);
      return source === undefined ? [] : [[name, source] as const];
    }),
  );
}
