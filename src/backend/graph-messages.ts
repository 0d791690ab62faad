import { createRequire } from 'node:module';
import type { DataType } from './data-type.js';

// tfjs-node ships classes for TensorFlow's protobuf messages, generated without types.

interface Message {
  serializeBinary(): Uint8Array;
}

/** A generated class whose setters are called by name: `set('Name', 'x')` is `setName('x')`. */
type MessageClass = new () => Message & Readonly<Record<string, (value: unknown) => void>>;

interface Protobuf {
  readonly GraphDef: MessageClass;
  readonly NodeDef: MessageClass & (new () => { getAttrMap(): { set(name: string, value: Message): void } });
  readonly AttrValue: MessageClass & { readonly ListValue: MessageClass };
  readonly Tensor: MessageClass;
  readonly TensorShape: MessageClass & { readonly Dim: MessageClass };
  readonly VersionDef: MessageClass;
}

/** An attribute of a node, by the member of TensorFlow's AttrValue that holds it. */
export type Attribute =
  | { readonly kind: 'int' | 'float' | 'type'; readonly value: number }
  | { readonly kind: 'ints' | 'floats' | 'types' | 'shape'; readonly value: readonly number[] }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

/** The value of a Const node. */
export type Constant =
  | NumberConstant
  | {
      readonly dtype: typeof DataType.string;
      readonly shape: readonly number[];
      readonly texts: readonly string[];
    };

/** Numbers: little-endian bytes, row by row. */
export interface NumberConstant {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A node of a GraphDef. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** `name`, or `name:1` for a second output. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Set on a Const. */
  readonly constant?: Constant | undefined;
}

const require = createRequire(import.meta.url);
let loaded: Protobuf | undefined;

function protobuf(): Protobuf {
  loaded ??= require('@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js') as Protobuf;
  return loaded;
}

function message(type: MessageClass, fields: Readonly<Record<string, unknown>>): Message {
  const made = new type();
  for (const [field, value] of Object.entries(fields)) made[`set${field}`]!(value);
  return made;
}

function shapeMessage(shape: readonly number[]): Message {
  const { TensorShape } = protobuf();
  return message(TensorShape, { DimList: shape.map((size) => message(TensorShape.Dim, { Size: size })) });
}

const LIST_FIELDS = { ints: 'IList', floats: 'FList', strings: 'SList', types: 'TypeList' } as const;
const FIELDS = { int: 'I', float: 'F', bool: 'B', type: 'Type' } as const;

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function attributeMessage(attribute: Attribute): Message {
  const { AttrValue } = protobuf();
  switch (attribute.kind) {
    case 'shape':
      return message(AttrValue, { Shape: shapeMessage(attribute.value) });
    case 'string':
      return message(AttrValue, { S: utf8(attribute.value) });
    case 'strings':
    case 'types':
    case 'ints':
    case 'floats': {
      const value = attribute.kind === 'strings' ? attribute.value.map(utf8) : attribute.value;
      return message(AttrValue, {
        List: message(AttrValue.ListValue, { [LIST_FIELDS[attribute.kind]]: value }),
      });
    }
    default:
      return message(AttrValue, { [FIELDS[attribute.kind]]: attribute.value });
  }
}

function constantMessage(constant: Constant): Message {
  const { AttrValue, Tensor } = protobuf();
  const values =
    'texts' in constant ? { StringValList: constant.texts.map(utf8) } : { TensorContent: constant.bytes };
  const { dtype, shape } = constant;
  const tensor = message(Tensor, { Dtype: dtype, TensorShape: shapeMessage(shape), ...values });
  return message(AttrValue, { Tensor: tensor });
}

function nodeMessage({ name, op, inputs, attributes, constant }: NodeDef): Message {
  const { NodeDef } = protobuf();
  const made = message(NodeDef, { Name: name, Op: op, InputList: inputs });
  const map = (made as unknown as { getAttrMap(): { set(name: string, value: Message): void } }).getAttrMap();
  for (const [attribute, value] of Object.entries(attributes)) map.set(attribute, attributeMessage(value));
  if (constant !== undefined) map.set('value', constantMessage(constant));
  return made;
}

/** The GraphDef producer version that is claimed: what TensorFlow 2.21 writes refuses or changes no op used here. */
const PRODUCER = 1087;

/** Writes nodes as a serialised GraphDef. The same nodes give the same bytes. */
export function serialiseGraph(nodes: readonly NodeDef[]): Uint8Array {
  const { GraphDef, VersionDef } = protobuf();
  const versions = message(VersionDef, { Producer: PRODUCER });
  return message(GraphDef, { NodeList: nodes.map(nodeMessage), Versions: versions }).serializeBinary();
}
