import { DataType } from '../backend/data-type.js';
import type { Attribute, NumberConstant } from '../backend/graph-messages.js';

/** One op of a graph. Nodes are immutable: a rewritten graph is made of new ones. */
export interface GraphNode {
  readonly op: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly inputs: readonly Output[];
  /** Of each output, as the traced run had them. */
  readonly shapes: readonly (readonly number[])[];
  /** Set on a Const. */
  readonly constant?: NumberConstant;
}

/** One output of a node. */
export interface Output {
  readonly node: GraphNode;
  readonly index: number;
}

/** A computation from one batch of uint8 pixels to named outputs. */
export interface Graph {
  readonly input: GraphNode;
  readonly outputs: Readonly<Record<string, Output>>;
}

/** The first output of a node, which most nodes have alone. */
export function outputOf(node: GraphNode, index = 0): Output {
  return { node, index };
}

/** The shape of an output. */
export function shapeOf({ node, index }: Output): readonly number[] {
  return node.shapes[index] ?? [];
}

/** A constant of float32 values. */
export function floatConstant(values: Float32Array, shape: readonly number[]): Output {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return outputOf(constantNode({ dtype: DataType.float32, shape, bytes }));
}

/** A Const node. */
export function constantNode(constant: NumberConstant): GraphNode {
  const attributes = { dtype: { kind: 'type', value: constant.dtype } } as const;
  return { op: 'Const', attributes, inputs: [], shapes: [constant.shape], constant };
}

/** The float32 values of a constant output; undefined for anything else. */
export function floatValues({ node }: Output): Float32Array | undefined {
  if (node.constant?.dtype !== DataType.float32) return undefined;
  const { bytes } = node.constant;
  // A copy where the bytes are not aligned to what a view needs.
  const at = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(at.buffer, at.byteOffset, at.byteLength / 4);
}

/** The nodes that the outputs need, every node after its inputs. */
export function orderedNodes(outputs: readonly Output[]): GraphNode[] {
  const seen = new Set<GraphNode>();
  const ordered: GraphNode[] = [];
  const path: { node: GraphNode; next: number }[] = [];
  const enter = (node: GraphNode) => {
    if (seen.has(node)) return;
    seen.add(node);
    path.push({ node, next: 0 });
  };
  for (const output of outputs) {
    enter(output.node);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const input = top.node.inputs[top.next++];
      if (input !== undefined) enter(input.node);
      else ordered.push(path.pop()!.node);
    }
  }
  return ordered;
}

/**
 * What a node becomes: the outputs that stand for its own, or undefined to keep it. `node` has its inputs rewritten
 * already, so that a rule sees what the rules have made of what is before it; `uses` counts how often, before the
 * rewriting, the graph used the output that the node has as its input at a place.
 */
export type Rule = (node: GraphNode, uses: (place: number) => number) => readonly Output[] | undefined;

/** How often each output is an input of a node or an output of the graph. */
function countUses(nodes: readonly GraphNode[], graph: Graph): (output: Output) => number {
  const uses = new Map<GraphNode, number[]>();
  for (const { node, index } of [...nodes.flatMap(({ inputs }) => inputs), ...Object.values(graph.outputs)]) {
    const counts = uses.get(node) ?? node.shapes.map(() => 0);
    counts[index] = (counts[index] ?? 0) + 1;
    uses.set(node, counts);
  }
  return ({ node, index }) => uses.get(node)?.[index] ?? 0;
}

/** Rewrites a graph from its input to its outputs by one rule. What nothing needs any more falls away. */
export function rewriteGraph(graph: Graph, rule: Rule): Graph {
  const nodes = orderedNodes([outputOf(graph.input), ...Object.values(graph.outputs)]);
  const usesOf = countUses(nodes, graph);
  const now = new Map<GraphNode, readonly Output[]>();
  const current = ({ node, index }: Output): Output => now.get(node)![index]!;
  for (const node of nodes) {
    const inputs = node.inputs.map(current);
    const same = inputs.every((input, place) => {
      const before = node.inputs[place]!;
      return input.node === before.node && input.index === before.index;
    });
    const kept = same ? node : { ...node, inputs };
    const made = rule(kept, (place) => usesOf(node.inputs[place]!));
    now.set(node, made ?? node.shapes.map((_, index) => outputOf(kept, index)));
  }
  const outputs = Object.entries(graph.outputs).map(([name, output]) => [name, current(output)] as const);
  return { input: current(outputOf(graph.input)).node, outputs: Object.fromEntries(outputs) };
}

/**
 * Gives the longest way to a node from where its graph begins, in nodes that are not constants: a number that does not
 * depend on what else the graph holds. To be asked of nodes in their order.
 */
export function depthCounter(): (node: GraphNode) => number {
  const depths = new Map<GraphNode, number>();
  const depthOf = (node: GraphNode): number => {
    const known = depths.get(node);
    if (known !== undefined) return known;
    const before = node.inputs.map((input) => depthOf(input.node));
    const depth = node.constant === undefined ? 1 + Math.max(0, ...before) : 0;
    depths.set(node, depth);
    return depth;
  };
  return depthOf;
}
