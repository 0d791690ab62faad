// AttrValue { list: 1, s: 2, i: 3, f: 4, b: 5, type: 6, shape: 7, tensor: 8, placeholder: 9, func: 10 { name: 1 } }
// TensorProto { dtype: 1, shape: 2, content: 4, float: 5, double: 6, int: 7, string: 8, int64: 10, bool: 11, half: 13,
//               uint32: 16, uint64: 17 }
import { bytesPerValue, DataType, typeName } from '../../backend/data-type.js';
import type { Attribute, Constant } from '../../backend/graph-messages.js';
import { WireError, type WireMessage } from '../../backend/wire-reader.js';
import { shapeIn } from './meta-graph.js';

/** No constant has more numbers than this: 16 GiB of float32. */
const MAX_VALUES = 2 ** 32;

function listAttribute(list: WireMessage): Attribute | undefined {
  if (list.has(2)) return { kind: 'strings', value: list.texts(2) };
  if (list.has(4)) return { kind: 'floats', value: [...floatsIn(list.fixed(4))] };
  if (list.has(6)) return { kind: 'types', value: list.numbers(6) };
  if ([5, 7, 8, 9].some((field) => list.has(field))) return undefined;
  return { kind: 'ints', value: list.numbers(3) };
}

/** An attribute; undefined for one that no op has that computes with images: tensors, functions, lists of them. */
export function attributeOf(value: WireMessage): Attribute | undefined {
  if (value.has(1)) return listAttribute(value.message(1));
  if (value.has(2)) return { kind: 'string', value: value.text(2) };
  if (value.has(3)) return { kind: 'int', value: value.number(3) };
  if (value.has(4)) return { kind: 'float', value: value.float(4) };
  if (value.has(5)) return { kind: 'bool', value: value.number(5) === 1 };
  if (value.has(6)) return { kind: 'type', value: value.number(6) };
  if (!value.has(7)) return undefined;
  const shape = shapeIn(value.message(7));
  return shape === null ? undefined : { kind: 'shape', value: shape };
}

/** The name of the function that an attribute names. */
export function functionNamed(value: WireMessage | undefined): string {
  return value?.message(10).text(1) ?? '';
}

function floatsIn(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

/** The values that a tensor message lists one by one, as bytes of its type; fewer than it has numbers stand for more. */
function listedBytes(dtype: number, tensor: WireMessage): Uint8Array {
  switch (dtype) {
    case DataType.float32:
      return tensor.fixed(5);
    case DataType.float64:
      return tensor.fixed(6);
    case DataType.int64:
      return bytesOf(BigInt64Array.from(tensor.numbers(10), BigInt));
    case DataType.uint32:
      return bytesOf(Uint32Array.from(tensor.numbers(16)));
    case DataType.uint64:
      return bytesOf(BigUint64Array.from(tensor.numbers(17), BigInt));
    case DataType.bool:
      return Uint8Array.from(tensor.numbers(11));
    case DataType.float16:
    case DataType.bfloat16:
      return bytesOf(Uint16Array.from(tensor.numbers(13)));
    case DataType.int32:
      return bytesOf(Int32Array.from(tensor.numbers(7)));
    case DataType.int16:
    case DataType.uint16:
      return bytesOf(Uint16Array.from(tensor.numbers(7)));
    default:
      return Uint8Array.from(tensor.numbers(7));
  }
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** All numbers of a tensor: the last one listed is repeated to the end, and none at all stand for zeros. */
function filled(listed: Uint8Array, length: number, width: number): Uint8Array {
  if (listed.length > length) throw new WireError(`a constant has more numbers than its shape holds`);
  const bytes = new Uint8Array(length);
  bytes.set(listed);
  if (listed.length > 0)
    for (let at = listed.length; at < length; at += width) bytes.copyWithin(at, at - width, at);
  return bytes;
}

/**
 * Reads a TensorProto.
 *
 * @throws WireError where it contradicts itself.
 */
export function constantOf(tensor: WireMessage): Constant {
  const dtype = tensor.number(1);
  const shape = shapeIn(tensor.message(2)) ?? [];
  const count = shape.reduce((product, length) => product * length, 1);
  if (!(count >= 0 && count <= MAX_VALUES)) throw new WireError(`a constant has ${count} numbers`);
  if (dtype === DataType.string) return { dtype, shape, texts: tensor.texts(8) };
  const width = bytesPerValue(dtype);
  if (width === undefined) throw new WireError(`a constant is of ${typeName(dtype)}`);
  const content = tensor.bytes(4);
  if (content.length === 0) {
    return { dtype, shape, bytes: filled(listedBytes(dtype, tensor), count * width, width) };
  }
  if (content.length === count * width) return { dtype, shape, bytes: content };
  throw new WireError(`a constant has ${content.length} bytes, not ${count * width}`);
}
