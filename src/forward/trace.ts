import type tf from '@tensorflow/tfjs';
import { bytesPerValue, DataType } from '../backend/data-type.js';
import type { Attribute, NumberConstant } from '../backend/graph-messages.js';
import {
  type Observer,
  type OpAttribute,
  observed,
  type TensorflowBinding,
  type TensorMetadata,
  tensorId,
} from '../backend/tensorflow-binding.js';
import { constantNode, type Graph, type GraphNode, type Output, outputOf } from './graph.js';

/** A run that cannot be written down as a graph: the message says why. */
export class UntraceableError extends Error {
  override readonly name = 'UntraceableError';
}

function attributeOf({ name, type, value }: OpAttribute, binding: TensorflowBinding): Attribute {
  const list = Array.isArray(value);
  switch (type) {
    case binding.TF_ATTR_INT:
      return list ? { kind: 'ints', value } : { kind: 'int', value: Number(value) };
    case binding.TF_ATTR_FLOAT:
      return list ? { kind: 'floats', value } : { kind: 'float', value: Number(value) };
    case binding.TF_ATTR_BOOL:
      return { kind: 'bool', value: Boolean(value) };
    case binding.TF_ATTR_TYPE:
      return { kind: 'type', value: Number(value) };
    case binding.TF_ATTR_SHAPE:
      return { kind: 'shape', value: value as readonly number[] };
    case binding.TF_ATTR_STRING:
      return { kind: 'string', value: String(value) };
    default:
      throw new UntraceableError(`attribute ${name} is of a kind that is not known: ${type}`);
  }
}

/** The node that a graph's uint8 pixels enter by. */
export function pixelsNode(shape: readonly number[]): GraphNode {
  const attributes = {
    dtype: { kind: 'type', value: DataType.uint8 },
    shape: { kind: 'shape', value: shape },
  } as const;
  return { op: 'Placeholder', attributes, inputs: [], shapes: [shape] };
}

/** Writes down the ops that depend on the image. What does not is a constant by the time it is used. */
class Trace implements Observer {
  readonly #binding: TensorflowBinding;
  /** By the id of a tensor: the outputs that depend on the image, the constants met, and what is known of others. */
  readonly #values = new Map<number, Output>();
  readonly #constants = new Map<number, Output>();
  readonly #seen = new Map<number, TensorMetadata>();

  constructor(binding: TensorflowBinding) {
    this.#binding = binding;
  }

  begin(image: number, output: Output): void {
    this.#values.set(image, output);
  }

  onInput(tensor: TensorMetadata): void {
    this.#seen.set(tensor.id, tensor);
  }

  onRead(id: number): void {
    if (this.#values.has(id))
      throw new UntraceableError('the network reads what it has computed while it runs');
  }

  onOp(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    results: readonly TensorMetadata[],
  ): void {
    if (!inputs.some((id) => this.#values.has(id))) return;
    const named = attributes.map((each) => [each.name, attributeOf(each, this.#binding)] as const);
    const node: GraphNode = {
      op,
      attributes: Object.fromEntries(named),
      inputs: inputs.map((id) => this.#values.get(id) ?? this.#constant(id)),
      shapes: results.map(({ shape }) => shape),
    };
    for (const [index, { id }] of results.entries()) this.#values.set(id, { node, index });
  }

  valueOf(id: number): Output {
    const value = this.#values.get(id);
    if (value === undefined) throw new UntraceableError('a tap does not depend on the image');
    return value;
  }

  #constant(id: number): Output {
    const known = this.#constants.get(id) ?? outputOf(constantNode(this.#read(id)));
    this.#constants.set(id, known);
    return known;
  }

  #read(id: number): NumberConstant {
    const tensor = this.#seen.get(id);
    if (tensor === undefined || bytesPerValue(tensor.dtype) === undefined)
      throw new UntraceableError(`a constant is of a type that is not known: ${tensor?.dtype ?? 'none'}`);
    const { buffer, byteOffset, byteLength } = this.#binding.tensorDataSync(id);
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
    return { dtype: tensor.dtype, shape: [...tensor.shape], bytes };
  }
}

/**
 * Runs `forward` once on an image, eagerly, and writes down what TensorFlow did.
 *
 * @param image - an int32 tensor of pixels, (batch, height, width, channels).
 * @param forward - called once; the tensors it returns by name are the graph's outputs, and the caller's to dispose.
 * @throws UntraceableError where what was done is not a function of the image alone that a graph can hold.
 */
export async function traceGraph(
  image: tf.Tensor4D,
  forward: (image: tf.Tensor4D) => Promise<Readonly<Record<string, tf.Tensor>>>,
): Promise<Graph> {
  const input = pixelsNode(image.shape);
  const widened: GraphNode = {
    op: 'Cast',
    attributes: {
      SrcT: { kind: 'type', value: DataType.uint8 },
      DstT: { kind: 'type', value: DataType.int32 },
    },
    inputs: [outputOf(input)],
    shapes: [image.shape],
  };
  let trace: Trace | undefined;
  const outputs = await observed(
    (binding) => {
      trace = new Trace(binding);
      return trace;
    },
    () => {
      trace?.begin(tensorId(image), outputOf(widened));
      return forward(image);
    },
  );
  const named = Object.entries(outputs).map(
    ([name, tensor]) => [name, trace!.valueOf(tensorId(tensor))] as const,
  );
  return { input, outputs: Object.fromEntries(named) };
}
