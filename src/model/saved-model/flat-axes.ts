import { DataType } from '../../backend/data-type.js';
import type { AxesNode } from '../axes/follow-graph.js';
import type { FlatNode } from './flat-graph.js';

/** The whole numbers of a constant of int32 or int64; undefined for any other node. */
export function flatNumbers({ constant }: FlatNode): readonly number[] | undefined {
  if (constant === undefined || 'texts' in constant) return undefined;
  const { dtype, bytes } = constant;
  if (dtype === DataType.int32) return Array.from(new Int32Array(Uint8Array.from(bytes).buffer));
  if (dtype === DataType.int64) return Array.from(new BigInt64Array(Uint8Array.from(bytes).buffer), Number);
  return undefined;
}

/** A node of a flat graph as its axes are followed. */
export function flatAxesNode(node: FlatNode): AxesNode<FlatNode> {
  const { name, op, inputs, attributes } = node;
  return {
    ...{ node, name, op, inputs },
    ints: (attribute) => {
      const found = attributes[attribute];
      if (found?.kind === 'ints') return found.value;
      return found?.kind === 'int' || found?.kind === 'bool' ? [Number(found.value)] : undefined;
    },
    text: (attribute) => {
      const found = attributes[attribute];
      return found?.kind === 'string' ? found.value : undefined;
    },
  };
}
