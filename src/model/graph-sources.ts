import type { GraphNode } from './graph-plan.js';
import { type OtherSource, otherSources } from './other-sources.js';
import { isRandomOp } from './random-ops.js';

/** Ops that say how large a tensor is, which is the same whatever is in it. */
const SIZES = new Set(['Shape', 'ShapeN', 'Size', 'Rank', 'ZerosLike', 'OnesLike']);

function ownSource<Node extends GraphNode>(node: Node, mixing: ReadonlySet<Node>): OtherSource | undefined {
  const place = `${node.op} at ${node.name}`;
  if (isRandomOp(node.op)) return { kind: 'random', place };
  if (node.op === 'Timestamp') return { kind: 'earlier', place };
  return mixing.has(node) ? { kind: 'batch', place } : undefined;
}

/**
 * What the nodes of a TensorFlow graph depend on besides the image.
 *
 * @param nodes - every node after its inputs.
 * @param mixing - those that combine the images of a batch.
 */
export function graphSources<Node extends GraphNode>(
  nodes: readonly Node[],
  mixing: ReadonlySet<Node>,
): ReadonlyMap<GraphNode, OtherSource> {
  return otherSources<GraphNode>({
    nodes,
    readsOf: ({ op, inputs }) => (SIZES.has(op) ? [] : inputs),
    own: (node) => ownSource(node, mixing as ReadonlySet<GraphNode>),
  });
}
