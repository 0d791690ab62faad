import { createRequire } from 'node:module';
import type { Attribute, Constant, Graph, GraphNode } from './graph.js';
import { orderedNodes } from './graph.js';

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

function attributeMessage(attribute: Attribute): Message {
  const { AttrValue } = protobuf();
  const text = (value: string) => new TextEncoder().encode(value);
  switch (attribute.kind) {
    case 'shape':
      return message(AttrValue, { Shape: shapeMessage(attribute.value) });
    case 'string':
      return message(AttrValue, { S: text(attribute.value) });
    case 'strings':
    case 'types':
    case 'ints':
    case 'floats': {
      const value = attribute.kind === 'strings' ? attribute.value.map(text) : attribute.value;
      return message(AttrValue, {
        List: message(AttrValue.ListValue, { [LIST_FIELDS[attribute.kind]]: value }),
      });
    }
    default:
      return message(AttrValue, { [FIELDS[attribute.kind]]: attribute.value });
  }
}

function constantMessage({ dtype, shape, bytes }: Constant): Message {
  const { AttrValue, Tensor } = protobuf();
  const tensor = message(Tensor, { Dtype: dtype, TensorShape: shapeMessage(shape), TensorContent: bytes });
  return message(AttrValue, { Tensor: tensor });
}

function nodeMessage(node: GraphNode, nameOf: (node: GraphNode) => string): Message {
  const { NodeDef } = protobuf();
  const inputs = node.inputs.map(({ node: from, index }) =>
    index === 0 ? nameOf(from) : `${nameOf(from)}:${index}`,
  );
  const made = message(NodeDef, { Name: nameOf(node), Op: node.op, InputList: inputs });
  const attributes = (
    made as unknown as { getAttrMap(): { set(name: string, value: Message): void } }
  ).getAttrMap();
  for (const [name, attribute] of Object.entries(node.attributes))
    attributes.set(name, attributeMessage(attribute));
  if (node.constant !== undefined) attributes.set('value', constantMessage(node.constant));
  return made;
}

/** The GraphDef producer version that is claimed: what TensorFlow 2.21 writes refuses or changes no op used here. */
const PRODUCER = 1087;

/** A graph as TensorFlow reads it, and the names of its ends. */
export interface GraphDef {
  readonly bytes: Uint8Array;
  readonly input: string;
  /** The node of each output, by the output's name; an output is its node's first. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Writes a graph as a serialised GraphDef. The same graph gives the same bytes. */
export function graphDef(graph: Graph): GraphDef {
  const { GraphDef, VersionDef } = protobuf();
  const nodes = orderedNodes([{ node: graph.input, index: 0 }, ...Object.values(graph.outputs)]);
  const names = new Map(nodes.map((node, at) => [node, `n${at}_${node.op.replace(/^_/, '')}`]));
  const nameOf = (node: GraphNode) => names.get(node)!;
  const versions = message(VersionDef, { Producer: PRODUCER });
  const made = message(GraphDef, {
    NodeList: nodes.map((node) => nodeMessage(node, nameOf)),
    Versions: versions,
  });
  const outputs = Object.entries(graph.outputs).map(([name, { node, index }]) => {
    if (index !== 0) throw new Error(`graph output is not its node's first: ${name}`);
    return [name, nameOf(node)] as const;
  });
  return { bytes: made.serializeBinary(), input: nameOf(graph.input), outputs: Object.fromEntries(outputs) };
}
