// SavedModel { meta_graphs: 2 } -> MetaGraphDef { meta_info: 1 { ops: 2, tags: 4 }, graph: 2, saver: 3, signatures: 5 }
// GraphDef { node: 1, library: 2 { function: 1 } }; the other messages are told where they are read.
import type { WireMessage } from '../../backend/wire-reader.js';

/** A node as it is written down: in the graph, or in the body of a function. */
export interface SavedNode {
  readonly name: string;
  readonly op: string;
  /** `name`, `name:1` or `^name` in the graph; `name:output:0` or an argument's name in a function. */
  readonly inputs: readonly string[];
  /** AttrValue messages. */
  readonly attributes: ReadonlyMap<string, WireMessage>;
}

/** One named output of an op, which may be several tensors. */
export interface OutputArgument {
  readonly name: string;
  /** The attribute that counts its tensors, or lists their types. */
  readonly countedBy: string;
  readonly listedBy: string;
}

/** What an op's definition says. */
export interface OpDefinition {
  readonly outputs: readonly OutputArgument[];
  /** AttrValue messages of the attributes that may be left out. */
  readonly defaults: ReadonlyMap<string, WireMessage>;
}

/** A function that nodes call. */
export interface SavedFunction {
  readonly arguments: readonly string[];
  /** For each output, in order, where in the body it comes from. */
  readonly results: readonly string[];
  readonly nodes: readonly SavedNode[];
}

/** An input or output of a signature. */
export interface SignatureTensor {
  /** `node:0`. */
  readonly tensor: string;
  readonly dtype: number;
  /** -1 where a length is open; null where nothing is stated. */
  readonly shape: readonly number[] | null;
}

/** A way to call the model. */
export interface Signature {
  readonly inputs: ReadonlyMap<string, SignatureTensor>;
  readonly outputs: ReadonlyMap<string, SignatureTensor>;
}

/** One graph of a SavedModel, with all that it calls. */
export interface MetaGraph {
  readonly tags: readonly string[];
  readonly nodes: readonly SavedNode[];
  readonly functions: ReadonlyMap<string, SavedFunction>;
  readonly ops: ReadonlyMap<string, OpDefinition>;
  readonly signatures: ReadonlyMap<string, Signature>;
  /** The node that restores the variables; '' where there are none. */
  readonly restoreOp: string;
}

/** NodeDef { name: 1, op: 2, input: 3, attr: 5 }. */
function nodeOf(message: WireMessage): SavedNode {
  return {
    name: message.text(1),
    op: message.text(2),
    inputs: message.texts(3),
    attributes: message.map(5),
  };
}

/** OpDef { output_arg: 3 { name: 1, number_attr: 5, type_list_attr: 6 }, attr: 4 { name: 1, default_value: 3 } }. */
function opOf(message: WireMessage): OpDefinition {
  const outputs = message.messages(3).map((argument) => ({
    name: argument.text(1),
    countedBy: argument.text(5),
    listedBy: argument.text(6),
  }));
  const defaults = message.messages(4).flatMap((attribute) => {
    return attribute.has(3) ? [[attribute.text(1), attribute.message(3)] as const] : [];
  });
  return { outputs, defaults: new Map(defaults) };
}

/** FunctionDef { signature: 1 (OpDef { name: 1, input_arg: 2, output_arg: 3 }), node: 3, ret: 4 }. */
function functionOf(message: WireMessage): readonly [string, SavedFunction] {
  const signature = message.message(1);
  const rets = new Map(message.messages(4).map((entry) => [entry.text(1), entry.text(2)]));
  return [
    signature.text(1),
    {
      arguments: signature.messages(2).map((argument) => argument.text(1)),
      results: signature.messages(3).map((result) => rets.get(result.text(1)) ?? ''),
      nodes: message.messages(3).map(nodeOf),
    },
  ];
}

/** TensorShapeProto { dim: 2 { size: 1 }, unknown_rank: 3 }. */
export function shapeIn(message: WireMessage): readonly number[] | null {
  return message.number(3) === 1 ? null : message.messages(2).map((dimension) => dimension.number(1));
}

/** TensorInfo { name: 1, dtype: 2, tensor_shape: 3 }. */
function tensorOf(message: WireMessage): SignatureTensor {
  return {
    tensor: message.text(1),
    dtype: message.number(2),
    shape: message.has(3) ? shapeIn(message.message(3)) : null,
  };
}

function mapped<T>(messages: ReadonlyMap<string, WireMessage>, read: (message: WireMessage) => T) {
  return new Map([...messages].map(([name, message]) => [name, read(message)]));
}

/** SignatureDef { inputs: 1, outputs: 2 }. */
function signatureOf(message: WireMessage): Signature {
  return { inputs: mapped(message.map(1), tensorOf), outputs: mapped(message.map(2), tensorOf) };
}

/** The graphs of a serialised SavedModel; there is one for each set of tags. */
export function metaGraphs(savedModel: WireMessage): MetaGraph[] {
  return savedModel.messages(2).map((message) => {
    const [info, graph] = [message.message(1), message.message(2)];
    const ops = info.message(2).messages(1);
    return {
      tags: info.texts(4),
      nodes: graph.messages(1).map(nodeOf),
      functions: new Map(graph.message(2).messages(1).map(functionOf)),
      ops: new Map(ops.map((op) => [op.text(1), opOf(op)])),
      signatures: mapped(message.map(5), signatureOf),
      restoreOp: message.message(3).text(3),
    };
  });
}
