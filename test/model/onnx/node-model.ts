import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  floatTensor,
  modelMessage,
  type NodeParts,
  nodeMessage,
  valueMessage,
  wholeTensor,
} from '../../../src/model/onnx/write.js';
import { temporaryFolder } from '../save-model.js';

/** A model of a few nodes. */
export interface NodeModel {
  /** Parts of nodes, or NodeProtos. */
  readonly nodes: readonly (NodeParts | Uint8Array)[];
  /** float32 constants by name: shape and numbers. */
  readonly floats?: Readonly<Record<string, readonly [readonly number[], ArrayLike<number>]>>;
  /** int64 constants by name. */
  readonly wholes?: Readonly<Record<string, readonly number[]>>;
  /** The input `x`, its batch first. */
  readonly input?: readonly (number | string)[];
  readonly opset?: number;
  /** Further constants, as TensorProtos. */
  readonly tensors?: readonly Uint8Array[];
  /** FunctionProtos. */
  readonly functions?: readonly Uint8Array[];
}

/** The side and the channels of the input, unless a model says otherwise. */
export const SMALL = { side: 4, channels: 3 } as const;

/** Writes a model whose output is the last node's first into a folder of its own; returns its path. */
export function saveNodes({
  nodes,
  floats = {},
  wholes = {},
  input,
  opset = 18,
  functions,
  tensors = [],
}: NodeModel): string {
  const path = join(temporaryFolder(), 'net.onnx');
  const shape = input ?? ['N', SMALL.channels, SMALL.side, SMALL.side];
  const bytes = modelMessage({
    irVersion: 8,
    opsets: [
      { domain: '', version: opset },
      { domain: 'com.microsoft', version: 1 },
      { domain: 'own', version: 1 },
    ],
    ...(functions === undefined ? {} : { functions }),
    nodes: nodes.map((one) => (one instanceof Uint8Array ? one : nodeMessage(one))),
    initializers: [
      ...Object.entries(floats).map(([name, [dims, values]]) => floatTensor(name, dims, values)),
      ...tensors,
      ...Object.entries(wholes).map(([name, values]) => wholeTensor(name, [values.length], values)),
    ],
    inputs: [valueMessage('x', 1, shape)],
    outputs: [valueMessage((nodes.at(-1) as NodeParts).outputs[0]!)],
  });
  writeFileSync(path, bytes);
  return path;
}

/** Numbers without much order. */
export function wave(count: number, step = 0.7): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => Math.sin(at * step));
}

/** A node of one input and one output of its own name. */
export function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: NodeParts['attributes'] = {},
): NodeParts {
  return { op, name: output, inputs, outputs: [output], attributes };
}
