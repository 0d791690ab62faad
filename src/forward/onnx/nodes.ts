import { ElementType } from '../../model/onnx/messages.js';
import {
  floatTensor,
  indexTensor,
  type NodeParts,
  nodeMessage,
  wholeTensor,
} from '../../model/onnx/write.js';

/** Collects nodes and constants under names that no model has. */
export class NodeList {
  readonly nodes: Uint8Array[] = [];
  readonly initializers: Uint8Array[] = [];
  readonly #opset: number;
  readonly #prefix: string;
  #count = 0;

  constructor(opset: number, prefix: string) {
    this.#opset = opset;
    this.#prefix = prefix;
  }

  /** Adds a node of one output and returns the output's name. */
  add(op: string, inputs: readonly string[], attributes: NodeParts['attributes'] = {}): string {
    const output = this.#fresh();
    this.into(output, op, inputs, attributes);
    return output;
  }

  /** Adds a node that is written for the name of its output, and returns that. */
  addRaw(node: (output: string) => Uint8Array): string {
    const output = this.#fresh();
    this.nodes.push(node(output));
    return output;
  }

  /** Adds a node whose output has a name that is given. */
  into(
    output: string,
    op: string,
    inputs: readonly string[],
    attributes: NodeParts['attributes'] = {},
  ): void {
    this.nodes.push(nodeMessage({ op, inputs, outputs: [output], attributes }));
  }

  /** A constant of float32 numbers. */
  floats(dims: readonly number[], values: ArrayLike<number>): string {
    const name = this.#fresh();
    this.initializers.push(floatTensor(name, dims, values));
    return name;
  }

  /** A list of whole numbers as a constant. */
  whole(values: ArrayLike<number>): string {
    const name = this.#fresh();
    this.initializers.push(wholeTensor(name, [values.length], values));
    return name;
  }

  /** A list of indices for Gather as a constant. */
  indices(values: ArrayLike<number>): string {
    const name = this.#fresh();
    this.initializers.push(indexTensor(name, values));
    return name;
  }

  cast(value: string, to: number = ElementType.float32): string {
    return this.add('Cast', [value], { to });
  }

  transpose(value: string, perm: readonly number[]): string {
    return this.add('Transpose', [value], { perm });
  }

  reshape(value: string, shape: readonly number[]): string {
    return this.add('Reshape', [value, this.whole(shape)]);
  }

  /** ReduceMean, ReduceMax or ReduceSum, whose axes became an input at a version of the operators. */
  reduce(op: 'ReduceMean' | 'ReduceMax' | 'ReduceSum', value: string, axes: readonly number[]): string {
    const since = op === 'ReduceSum' ? 13 : 18;
    if (this.#opset < since) return this.add(op, [value], { axes, keepdims: 0 });
    return this.add(op, [value, this.whole(axes)], { keepdims: 0 });
  }

  #fresh(): string {
    return `strata/${this.#prefix}/${this.#count++}`;
  }
}
