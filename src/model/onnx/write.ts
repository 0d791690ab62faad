import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  ATTRIBUTE,
  ElementType,
  GRAPH,
  MODEL,
  message,
  NODE,
  OPSET,
  PAIR,
  TENSOR,
  TYPE,
  VALUE,
} from './messages.js';

/** A version of a set of operators; the domain of ONNX's own is empty. */
export interface Opset {
  readonly domain: string;
  readonly version: number;
}

/** An attribute of a node: a whole number, several, a text, or a number with a fraction. */
export type AttributeValue = number | readonly number[] | string | { readonly float: number };

/** What a node is written from. */
export interface NodeParts {
  readonly op: string;
  readonly name?: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

// AttributeProto.AttributeType.
const [FLOAT, INT, STRING, INTS] = [1, 2, 3, 7];

function floatAttribute(name: string, value: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(ATTRIBUTE.name, WireType.LengthDelimited).string(name);
  writer.tag(ATTRIBUTE.f, WireType.Bit32).float(value);
  return writer.tag(ATTRIBUTE.type, WireType.Varint).int32(FLOAT).finish();
}

function attributeMessage(name: string, value: AttributeValue): Uint8Array {
  if (typeof value === 'number')
    return message([ATTRIBUTE.name, name], [ATTRIBUTE.i, value], [ATTRIBUTE.type, INT]);
  if (typeof value === 'string')
    return message([ATTRIBUTE.name, name], [ATTRIBUTE.s, value], [ATTRIBUTE.type, STRING]);
  if ('float' in value) return floatAttribute(name, value.float);
  return message([ATTRIBUTE.name, name], [ATTRIBUTE.ints, value], [ATTRIBUTE.type, INTS]);
}

function pairMessages(pairs: Readonly<Record<string, string>>): Uint8Array[] {
  return Object.entries(pairs).map(([key, value]) => message([PAIR.key, key], [PAIR.value, value]));
}

/** A NodeProto. */
export function nodeMessage(node: NodeParts): Uint8Array {
  const attributes = Object.entries(node.attributes ?? {});
  return message(
    [NODE.input, node.inputs],
    [NODE.output, node.outputs],
    [NODE.name, node.name ?? node.outputs[0] ?? ''],
    [NODE.op, node.op],
    [NODE.attribute, attributes.map(([name, value]) => attributeMessage(name, value))],
    [NODE.domain, node.domain ?? ''],
    [NODE.metadata, pairMessages(node.metadata ?? {})],
  );
}

/** A tensor's name, number type (one of {@link ElementType}) and shape. */
export interface TensorParts {
  readonly name: string;
  readonly dtype: number;
  readonly dims: readonly number[];
}

/** A TensorProto that holds its numbers, little-endian. */
export function tensorMessage({ name, dtype, dims }: TensorParts, raw: Uint8Array): Uint8Array {
  return message([TENSOR.dims, dims], [TENSOR.dtype, dtype], [TENSOR.name, name], [TENSOR.raw, raw]);
}

/** Bytes of a file beside the model. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** A TensorProto whose numbers lie in another file. */
export function externalTensorMessage({ name, dtype, dims }: TensorParts, place: ExternalPlace): Uint8Array {
  const { location, offset, length } = place;
  const pairs = pairMessages({ location, offset: String(offset), length: String(length) });
  return message(
    [TENSOR.dims, dims],
    [TENSOR.dtype, dtype],
    [TENSOR.name, name],
    [TENSOR.external, pairs],
    [TENSOR.location, 1],
  );
}

/** A TensorProto of float32 numbers. */
export function floatTensor(name: string, dims: readonly number[], values: ArrayLike<number>): Uint8Array {
  return tensorMessage({ name, dtype: ElementType.float32, dims }, bytesOf(Float32Array.from(values)));
}

/** A TensorProto of int64 numbers. */
export function wholeTensor(name: string, dims: readonly number[], values: ArrayLike<number>): Uint8Array {
  const whole = BigInt64Array.from(Array.from(values, BigInt));
  return tensorMessage({ name, dtype: ElementType.int64, dims }, bytesOf(whole));
}

/** A TensorProto of int32 numbers, as indices may be: half of int64, and quicker made. */
export function indexTensor(name: string, values: ArrayLike<number>): Uint8Array {
  const dims = [values.length];
  return tensorMessage({ name, dtype: ElementType.int32, dims }, bytesOf(Int32Array.from(values)));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A ValueInfoProto: with a shape where one is given, of which a text is the name of an open length; else a name only. */
export function valueMessage(
  name: string,
  dtype?: number,
  shape: readonly (number | string)[] = [],
): Uint8Array {
  if (dtype === undefined) return message([VALUE.name, name]);
  // A length is field 1 and a name field 2 of a Dimension.
  const dims = shape.map((length) => message([typeof length === 'number' ? TYPE.length : 2, length]));
  const tensor = message([TYPE.elem, dtype], [TYPE.shape, message([TYPE.dim, dims])]);
  return message([VALUE.name, name], [VALUE.type, message([TYPE.tensor, tensor])]);
}

/** What a model is written from; every part is a message. */
export interface ModelParts {
  readonly irVersion: number;
  readonly opsets: readonly Opset[];
  readonly producer?: string;
  readonly functions?: readonly Uint8Array[];
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
  readonly sparse?: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** A ModelProto: the bytes of an .onnx file. */
export function modelMessage(model: ModelParts): Uint8Array {
  const graph = message(
    [GRAPH.node, model.nodes],
    [GRAPH.name, 'strata'],
    [GRAPH.initializer, model.initializers],
    [GRAPH.sparse, model.sparse ?? []],
    [GRAPH.input, model.inputs],
    [GRAPH.output, model.outputs],
  );
  const opsets = model.opsets.map(({ domain, version }) =>
    message([OPSET.domain, domain], [OPSET.version, version]),
  );
  return message(
    [MODEL.irVersion, model.irVersion],
    [MODEL.producer, model.producer ?? 'strata'],
    [MODEL.graph, graph],
    [MODEL.opset, opsets],
    [MODEL.functions, model.functions ?? []],
  );
}
