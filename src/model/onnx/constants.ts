import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { OnnxGraph, OnnxNode } from './graph.js';
import { ATTRIBUTE, bytesIn, ElementType, NODE, numbersIn, TENSOR, textsIn } from './messages.js';

/** TensorProto's fields of numbers that are not raw bytes. */
const DATA = { int32: 5, int64: 7 } as const;

/** The whole numbers of a TensorProto of int64 or int32; undefined for another type. */
function wholeNumbers(tensor: Uint8Array): number[] | undefined {
  const [dtype] = numbersIn(tensor, TENSOR.dtype);
  if (dtype !== ElementType.int64 && dtype !== ElementType.int32) return undefined;
  const [raw] = bytesIn(tensor, TENSOR.raw);
  if (raw === undefined) return numbersIn(tensor, dtype === ElementType.int64 ? DATA.int64 : DATA.int32);
  const { buffer } = Uint8Array.from(raw);
  return dtype === ElementType.int64
    ? Array.from(new BigInt64Array(buffer), Number)
    : Array.from(new Int32Array(buffer));
}

function ofNode({ raw, ints }: OnnxNode): readonly number[] | undefined {
  const given = ints.get('value_ints') ?? ints.get('value_int');
  if (given !== undefined) return given;
  const [tensor] = attributesOf(raw, 'value').flatMap((attribute) => bytesIn(attribute, ATTRIBUTE.t));
  return tensor === undefined ? undefined : wholeNumbers(tensor);
}

/** A node's attributes of a name, as messages. */
export function attributesOf(node: Uint8Array, name: string): Uint8Array[] {
  return bytesIn(node, NODE.attribute).filter((attribute) => textsIn(attribute, ATTRIBUTE.name)[0] === name);
}

/** A node's attribute that is a text; undefined where it has none of that name. */
export function textAttribute({ raw }: OnnxNode, name: string): string | undefined {
  const [attribute] = attributesOf(raw, name);
  return attribute && textsIn(attribute, ATTRIBUTE.s)[0];
}

/** A node's attribute that is a number with a fraction; undefined where it has none of that name. */
export function floatAttribute({ raw }: Pick<OnnxNode, 'raw'>, name: string): number | undefined {
  const [attribute] = attributesOf(raw, name);
  if (attribute === undefined) return undefined;
  const reader = new BinaryReader(attribute);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (number === ATTRIBUTE.f) return reader.float();
    reader.skip(type, number);
  }
  return undefined;
}

/** The constants of a graph that are short lists of whole numbers (axes, orders, shapes), by their names. */
export function wholeConstants({ nodes, initializers }: OnnxGraph): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  for (const { name, raw, place } of initializers) {
    const numbers = place === undefined ? wholeNumbers(raw) : undefined;
    if (numbers !== undefined) found.set(name, numbers);
  }
  for (const node of nodes) {
    const numbers = node.op === 'Constant' ? ofNode(node) : undefined;
    if (numbers !== undefined) found.set(node.outputs[0] ?? '', numbers);
  }
  return found;
}
