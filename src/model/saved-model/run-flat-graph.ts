import type tf from '@tensorflow/tfjs';
import { DataType } from '../../backend/data-type.js';
import type { Constant, NumberConstant } from '../../backend/graph-messages.js';
import {
  deleteTensor,
  executeOp,
  metadataOf,
  ownedTensor,
  putTensor,
  type TensorMetadata,
} from '../../backend/tensorflow-binding.js';
import { messageOf, UserError } from '../../errors.js';
import type { FlatNode } from './flat-graph.js';

/** What a node has given, until nothing needs it any more. */
interface Live {
  readonly outputs: readonly TensorMetadata[];
  /** The first output as tfjs knows it, and owns it, once it was visited. */
  owner?: tf.Tensor;
}

/** The types of numbers that taps can have; all are given as float32. */
const FLOATS: ReadonlySet<number> = new Set([
  DataType.float32,
  DataType.float64,
  DataType.float16,
  DataType.bfloat16,
]);

function free({ outputs, owner }: Live): void {
  owner?.dispose();
  for (const output of owner === undefined ? outputs : outputs.slice(1)) deleteTensor(output);
}

function castTo(dtype: number, input: TensorMetadata): TensorMetadata {
  const attributes = {
    SrcT: { kind: 'type', value: input.dtype },
    DstT: { kind: 'type', value: dtype },
  } as const;
  return executeOp({ op: 'Cast', attributes, inputs: [input], outputs: 1 })[0]!;
}

/** How large something is does not depend on what is in it: these are constants to whoever observes the run. */
function sizeOf({ op, attributes }: FlatNode, { shape }: TensorMetadata): Constant | undefined {
  const values = {
    Shape: shape,
    Size: [shape.reduce((product, length) => product * length, 1)],
    Rank: [shape.length],
  }[op];
  if (values === undefined) return undefined;
  const long = attributes.out_type?.value === DataType.int64;
  const array = long ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
  return {
    dtype: long ? DataType.int64 : DataType.int32,
    shape: op === 'Shape' ? [values.length] : [],
    bytes: new Uint8Array(array.buffer),
  };
}

function evaluate(node: FlatNode, inputs: readonly TensorMetadata[]): Live {
  const size = inputs[0] === undefined ? undefined : sizeOf(node, inputs[0]);
  if (size !== undefined) return { outputs: [putTensor(size)] };
  const { op, attributes, outputs } = node;
  try {
    return { outputs: executeOp({ op, attributes, inputs, outputs }) };
  } catch (error) {
    const [problem] = messageOf(error).split('\n');
    throw new UserError(`model cannot be run: ${op} at ${node.name}: ${problem}`, { cause: error });
  }
}

/** The values of the nodes that are variables. */
export type VariableValues = ReadonlyMap<FlatNode, NumberConstant>;

/** What a run is made of. */
export interface FlatGraphParts {
  /** Every node after its inputs, the image among them. */
  readonly nodes: readonly FlatNode[];
  readonly image: FlatNode;
  readonly values: VariableValues;
}

/** Called with what is known of all outputs of every node that is run. */
export type NodeWatcher = (node: FlatNode, outputs: readonly TensorMetadata[]) => void;

/** Called with the first output of a node, as float32. Not the owner: it must not dispose it. */
export type NodeVisitor = (node: FlatNode, tensor: tf.Tensor) => void;

/** Runs a flat graph op by op in TensorFlow. Holds what does not depend on the image until `dispose`. */
export class FlatGraphRunner {
  readonly #image: FlatNode;
  /** Those that depend on the image, every node after its inputs. */
  readonly #nodes: readonly FlatNode[];
  readonly #constants: ReadonlyMap<FlatNode, Live>;

  /** @throws UserError where a constant part cannot be computed. */
  constructor({ nodes, image, values }: FlatGraphParts) {
    this.#image = image;
    const fromImage = new Set([image]);
    for (const node of nodes) if (node.inputs.some((input) => fromImage.has(input.node))) fromImage.add(node);
    this.#nodes = nodes.filter((node) => node !== image && fromImage.has(node));
    const used = new Set(this.#nodes.flatMap(({ inputs }) => inputs.map(({ node }) => node)));
    const constant = nodes.filter((node) => !fromImage.has(node));
    this.#constants = constantsOf(constant, used, values);
  }

  /**
   * Runs as far as the wanted nodes need it and visits each when it is there. Frees each tensor after its last use.
   *
   * @throws UserError naming the op that TensorFlow refuses.
   */
  run(images: tf.Tensor4D, wanted: ReadonlySet<FlatNode>, visit: NodeVisitor, watch?: NodeWatcher): void {
    const { order, uses } = this.#needed(wanted);
    const live = new Map([[this.#image, this.#feed(images)]]);
    try {
      for (const node of order) {
        const inputs = node.inputs.map(
          ({ node: from, index }) => (live.get(from) ?? this.#constants.get(from))!.outputs[index]!,
        );
        const made = evaluate(node, inputs);
        live.set(node, made);
        watch?.(node, made.outputs);
        if (wanted.has(node)) visitFirst(node, made, visit);
        for (const used of [node, ...node.inputs.map((input) => input.node)]) {
          const left = (uses.get(used) ?? 0) - 1;
          uses.set(used, left);
          if (left === 0 && used !== this.#image) release(live, used);
        }
      }
    } finally {
      this.#unfeed(live);
      for (const each of live.values()) free(each);
    }
  }

  dispose(): void {
    for (const each of this.#constants.values()) free(each);
  }

  /** The image in the type that the graph wants. */
  #feed(images: tf.Tensor4D): Live {
    const given = metadataOf(images);
    const wanted = this.#image.attributes.dtype?.value;
    if (wanted === given.dtype || typeof wanted !== 'number') return { outputs: [given] };
    return { outputs: [castTo(wanted, given)] };
  }

  /** Takes the image out of what is freed where it is the caller's. */
  #unfeed(live: Map<FlatNode, Live>): void {
    const wanted = this.#image.attributes.dtype?.value;
    if (wanted === DataType.float32 || typeof wanted !== 'number') live.delete(this.#image);
  }

  /** The nodes that some need, in order, and how often each is used, itself counted once. */
  #needed(wanted: ReadonlySet<FlatNode>): { order: readonly FlatNode[]; uses: Map<FlatNode, number> } {
    const uses = new Map<FlatNode, number>();
    const order: FlatNode[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!wanted.has(node) && !uses.has(node)) continue;
      order.push(node);
      for (const used of [node, ...node.inputs.map((input) => input.node)])
        uses.set(used, (uses.get(used) ?? 0) + 1);
    }
    return { order: order.reverse(), uses };
  }
}

function release(live: Map<FlatNode, Live>, node: FlatNode): void {
  const made = live.get(node);
  if (made === undefined) return;
  live.delete(node);
  free(made);
}

function visitFirst(node: FlatNode, made: Live, visit: NodeVisitor): void {
  const [first] = made.outputs;
  if (first === undefined || !FLOATS.has(first.dtype)) return;
  if (first.dtype === DataType.float32) {
    made.owner = ownedTensor(first);
    visit(node, made.owner);
    return;
  }
  const widened = ownedTensor(castTo(DataType.float32, first));
  try {
    visit(node, widened);
  } finally {
    widened.dispose();
  }
}

/** Computes what does not depend on the image, and keeps what is used by what does. */
function constantsOf(
  nodes: readonly FlatNode[],
  used: ReadonlySet<FlatNode>,
  values: VariableValues,
): Map<FlatNode, Live> {
  const made = new Map<FlatNode, Live>();
  try {
    for (const node of nodes) {
      const inputs = node.inputs.map((input) => made.get(input.node)!.outputs[input.index]!);
      const constant = node.constant ?? values.get(node);
      made.set(node, constant === undefined ? evaluate(node, inputs) : { outputs: [putTensor(constant)] });
    }
  } catch (error) {
    for (const each of made.values()) free(each);
    throw error;
  }
  for (const [node, each] of made) {
    if (used.has(node)) continue;
    made.delete(node);
    free(each);
  }
  return made;
}
