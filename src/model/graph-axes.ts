import type { AxesNode } from './axes/follow-graph.js';
import type { GraphNode, RawAttribute } from './graph-plan.js';

function intsOf({ i, b, list }: RawAttribute): readonly number[] | undefined {
  if (list?.i !== undefined && list.i !== null) return list.i.map(Number);
  if (typeof b === 'boolean') return [Number(b)];
  return i === undefined || i === null ? undefined : [Number(i)];
}

function textOf({ s }: RawAttribute): string | undefined {
  if (s === undefined || s === null) return undefined;
  return (typeof s === 'string' ? Buffer.from(s, 'base64') : Buffer.from(s)).toString();
}

/** A node of a graph model as its axes are followed. */
export function axesNode(node: GraphNode): AxesNode<GraphNode> {
  const { name, op, inputs, inputNames = [], rawAttrs = {} } = node;
  const indexOf = (at: number) => Number(/:(\d+)$/.exec(inputNames[at] ?? '')?.[1] ?? 0);
  return {
    ...{ node, name, op },
    inputs: inputs.map((input, at) => ({ node: input, index: indexOf(at) })),
    ints: (attribute) => (rawAttrs[attribute] === undefined ? undefined : intsOf(rawAttrs[attribute])),
    text: (attribute) => (rawAttrs[attribute] === undefined ? undefined : textOf(rawAttrs[attribute])),
  };
}
