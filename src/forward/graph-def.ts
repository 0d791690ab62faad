import { type NodeDef, serialiseGraph } from '../backend/graph-messages.js';
import { type Graph, type GraphNode, orderedNodes } from './graph.js';

function nodeDef(node: GraphNode, nameOf: (node: GraphNode) => string): NodeDef {
  const { op, attributes, constant } = node;
  const inputs = node.inputs.map(({ node: from, index }) =>
    index === 0 ? nameOf(from) : `${nameOf(from)}:${index}`,
  );
  return { name: nameOf(node), op, inputs, attributes, constant };
}

/** A graph as TensorFlow reads it, and the names of its ends. */
export interface GraphDef {
  readonly bytes: Uint8Array;
  readonly input: string;
  /** The node of each output, by the output's name; an output is its node's first. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Writes a graph as a serialised GraphDef. The same graph gives the same bytes. */
export function graphDef(graph: Graph): GraphDef {
  const nodes = orderedNodes([{ node: graph.input, index: 0 }, ...Object.values(graph.outputs)]);
  const names = new Map(nodes.map((node, at) => [node, `n${at}_${node.op.replace(/^_/, '')}`]));
  const nameOf = (node: GraphNode) => names.get(node)!;
  const outputs = Object.entries(graph.outputs).map(([name, { node, index }]) => {
    if (index !== 0) throw new Error(`graph output is not its node's first: ${name}`);
    return [name, nameOf(node)] as const;
  });
  return {
    bytes: serialiseGraph(nodes.map((node) => nodeDef(node, nameOf))),
    input: nameOf(graph.input),
    outputs: Object.fromEntries(outputs),
  };
}
