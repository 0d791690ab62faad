import {
  ATTRIBUTE,
  bytesIn,
  fieldsOf,
  GRAPH,
  MODEL,
  NODE,
  numbersIn,
  OPSET,
  pairsIn,
  TENSOR,
  TYPE,
  textsIn,
  VALUE,
} from './messages.js';
import type { ExternalPlace, Opset, TensorParts } from './write.js';

/** A node of a graph. */
export interface OnnxNode {
  /** The NodeProto, as the file has it. */
  readonly raw: Uint8Array;
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  /** An input that is left out is an empty text. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Values of the graph that the graphs inside the node (of If, Loop, Scan) read. */
  readonly captured: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Its attributes that are a list of whole numbers, or one. */
  readonly ints: ReadonlyMap<string, readonly number[]>;
}

/** A constant of a graph. */
export interface OnnxInitializer extends TensorParts {
  /** Where its numbers lie; undefined where `raw` holds them. */
  readonly place?: ExternalPlace;
  /** The TensorProto; empty where there is a `place`. */
  readonly raw: Uint8Array;
}

/** An input or output of a graph; of its shape a text or null is a length that is left open. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: number;
  readonly shape: readonly (number | string | null)[] | null;
}

/** What strata knows of a model. */
export interface OnnxGraph {
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: readonly Opset[];
  readonly functions: readonly Uint8Array[];
  /** Every node after its inputs. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly sparse: readonly Uint8Array[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** Tensors up to this size are kept in memory: shapes, axes and the like, which shape inference reads. */
const SMALL_BYTES = 1024;

function copies(list: readonly Uint8Array[]): Uint8Array[] {
  return list.map((bytes) => bytes.slice());
}

/** What the nodes of an inner graph read that is not made in it. */
function capturedBy(node: Uint8Array): string[] {
  const graphs = bytesIn(node, NODE.attribute).flatMap((attribute) => [
    ...bytesIn(attribute, ATTRIBUTE.graph),
    ...bytesIn(attribute, ATTRIBUTE.graphs),
  ]);
  return graphs.flatMap((graph) => {
    const nodes = bytesIn(graph, GRAPH.node);
    const made = new Set([
      ...nodes.flatMap((inner) => textsIn(inner, NODE.output)),
      ...bytesIn(graph, GRAPH.input).flatMap((value) => textsIn(value, VALUE.name)),
      ...bytesIn(graph, GRAPH.initializer).flatMap((tensor) => textsIn(tensor, TENSOR.name)),
    ]);
    const ends = bytesIn(graph, GRAPH.output).flatMap((value) => textsIn(value, VALUE.name));
    const read = nodes.flatMap((inner) => [...textsIn(inner, NODE.input), ...capturedBy(inner)]);
    return [...read, ...ends].filter((name) => name !== '' && !made.has(name));
  });
}

function readNode(raw: Uint8Array): OnnxNode {
  const attributes = bytesIn(raw, NODE.attribute).map((attribute) => {
    const ints = [...numbersIn(attribute, ATTRIBUTE.i), ...numbersIn(attribute, ATTRIBUTE.ints)];
    return [textsIn(attribute, ATTRIBUTE.name)[0] ?? '', ints] as const;
  });
  return {
    raw: raw.slice(),
    name: textsIn(raw, NODE.name)[0] ?? '',
    op: textsIn(raw, NODE.op)[0] ?? '',
    domain: textsIn(raw, NODE.domain)[0] ?? '',
    inputs: textsIn(raw, NODE.input),
    outputs: textsIn(raw, NODE.output),
    captured: capturedBy(raw),
    metadata: pairsIn(raw, NODE.metadata),
    ints: new Map(attributes),
  };
}

/** Bits of a number of each type that weights have; a length that a file leaves out follows from them. */
const BITS: Readonly<Record<number, number>> = {
  ...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 16: 16 },
  ...{ 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4 },
};

function bytesOfTensor(tensor: Uint8Array): number {
  const bits = BITS[numbersIn(tensor, TENSOR.dtype)[0] ?? 0] ?? 0;
  return Math.ceil((numbersIn(tensor, TENSOR.dims).reduce((size, length) => size * length, 1) * bits) / 8);
}

/** Where a tensor's numbers lie, in the model's own file or another. */
function placeOf(tensor: Uint8Array, file: Uint8Array, fileName: string): ExternalPlace | undefined {
  const external = pairsIn(tensor, TENSOR.external);
  if (external.size > 0)
    return {
      location: external.get('location') ?? '',
      offset: Number(external.get('offset') ?? 0),
      length: Number(external.get('length') ?? bytesOfTensor(tensor)),
    };
  const [raw] = bytesIn(tensor, TENSOR.raw);
  if (raw === undefined || raw.length <= SMALL_BYTES) return undefined;
  return { location: fileName, offset: raw.byteOffset - file.byteOffset, length: raw.length };
}

function readInitializer(tensor: Uint8Array, file: Uint8Array, fileName: string): OnnxInitializer {
  const place = placeOf(tensor, file, fileName);
  return {
    name: textsIn(tensor, TENSOR.name)[0] ?? '',
    dtype: numbersIn(tensor, TENSOR.dtype)[0] ?? 0,
    dims: numbersIn(tensor, TENSOR.dims),
    ...(place === undefined ? {} : { place }),
    raw: place === undefined ? tensor.slice() : new Uint8Array(),
  };
}

function readValue(value: Uint8Array): OnnxValue {
  const [tensor] = bytesIn(value, VALUE.type).flatMap((type) => bytesIn(type, TYPE.tensor));
  const [shape] = tensor === undefined ? [] : bytesIn(tensor, TYPE.shape);
  const dims = shape === undefined ? null : bytesIn(shape, TYPE.dim);
  return {
    name: textsIn(value, VALUE.name)[0] ?? '',
    dtype: tensor === undefined ? 0 : (numbersIn(tensor, TYPE.elem)[0] ?? 0),
    shape: dims?.map((dim) => numbersIn(dim, TYPE.length)[0] ?? textsIn(dim, 2)[0] ?? null) ?? null,
  };
}

function readOpset(opset: Uint8Array): Opset {
  return { domain: textsIn(opset, OPSET.domain)[0] ?? '', version: numbersIn(opset, OPSET.version)[0] ?? 1 };
}

/** Reads a ModelProto; nothing that is returned is a view on it. @throws where it is cut short or is none. */
export function readGraph(file: Uint8Array, fileName: string): OnnxGraph {
  for (const _ of fieldsOf(file));
  const [graph = new Uint8Array()] = bytesIn(file, MODEL.graph);
  return {
    irVersion: numbersIn(file, MODEL.irVersion)[0] ?? 0,
    producer: textsIn(file, MODEL.producer)[0] ?? '',
    opsets: bytesIn(file, MODEL.opset).map(readOpset),
    functions: copies(bytesIn(file, MODEL.functions)),
    nodes: bytesIn(graph, GRAPH.node).map(readNode),
    initializers: bytesIn(graph, GRAPH.initializer).map((tensor) => readInitializer(tensor, file, fileName)),
    sparse: copies(bytesIn(graph, GRAPH.sparse)),
    inputs: bytesIn(graph, GRAPH.input).map(readValue),
    outputs: bytesIn(graph, GRAPH.output).map(readValue),
  };
}
