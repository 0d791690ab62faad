import tf from '@tensorflow/tfjs';
import { bytesPerValue, DataType } from './data-type.js';
import type { Attribute, Constant } from './graph-messages.js';

/** What one op of an eager run gave. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: readonly number[];
  /** TensorFlow's number: see DataType. */
  readonly dtype: number;
}

/** An attribute as tfjs-node hands it to its binding. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The part of tfjs-node's native binding that is used here; private there, so a test holds it for the pinned version. */
export interface TensorflowBinding {
  executeOp(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorMetadata[];
  createTensor(
    shape: readonly number[],
    dtype: number,
    values: Float32Array | Int32Array | Uint8Array | readonly Uint8Array[],
  ): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
}

interface TensorflowBackend {
  binding: TensorflowBinding;
  readonly tensorMap: { get(dataId: object): TensorMetadata | undefined };
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
}

function backend(): TensorflowBackend {
  return tf.backend() as unknown as TensorflowBackend;
}

/** The id under which the binding knows a tensor, after putting it there. */
export function tensorId(tensor: tf.Tensor): number {
  return backend().getInputTensorIds([tensor])[0]!;
}

/** What an observer is told of a run. */
export interface Observer {
  /** A tensor is about to be the input of an op. */
  onInput(tensor: TensorMetadata): void;
  /** An op has run. */
  onOp(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    results: readonly TensorMetadata[],
  ): void;
  /** JavaScript is about to read the values of a tensor. */
  onRead(id: number): void;
}

/** Who is told of ops now. */
let observing: Observer | undefined;

/** Whether TensorFlow computes, so that the functions below can be called. */
export function hasBinding(): boolean {
  return tf.getBackend() === 'tensorflow';
}

function opAttribute(name: string, { kind, value }: Attribute): OpAttribute {
  const { binding } = backend();
  const types = {
    int: binding.TF_ATTR_INT,
    ints: binding.TF_ATTR_INT,
    float: binding.TF_ATTR_FLOAT,
    floats: binding.TF_ATTR_FLOAT,
    bool: binding.TF_ATTR_BOOL,
    type: binding.TF_ATTR_TYPE,
    shape: binding.TF_ATTR_SHAPE,
    string: binding.TF_ATTR_STRING,
  } as const;
  if (kind === 'types' || kind === 'strings') throw new Error(`attribute ${name} is a list of ${kind}`);
  return { name, type: types[kind], value };
}

/** An op to be run by itself. */
export interface SingleOp {
  readonly op: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly inputs: readonly TensorMetadata[];
  /** How many outputs it has. */
  readonly outputs: number;
}

/**
 * Has TensorFlow run one op. Its outputs are the caller's to delete.
 *
 * @throws Error with TensorFlow's words.
 */
export function executeOp({ op, attributes, inputs, outputs }: SingleOp): TensorMetadata[] {
  for (const input of inputs) observing?.onInput(input);
  const named = Object.entries(attributes).map(([name, attribute]) => opAttribute(name, attribute));
  const ids = inputs.map(({ id }) => id);
  return backend().binding.executeOp(op, named, ids, outputs);
}

/** The bytes as the array that the binding wants for a type; undefined where it knows none. */
function arrayFor(dtype: number, bytes: Uint8Array) {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset, byteLength } = aligned;
  if (dtype === DataType.float32) return new Float32Array(buffer, byteOffset, byteLength / 4);
  // The binding takes an int64 as two int32.
  if (dtype === DataType.int32 || dtype === DataType.int64)
    return new Int32Array(buffer, byteOffset, byteLength / 4);
  return dtype === DataType.uint8 || dtype === DataType.bool ? aligned : undefined;
}

/** Puts a constant where TensorFlow computes. It shares the bytes' memory where it can; the tensor is the caller's to delete. */
export function putTensor(constant: Constant): TensorMetadata {
  const { dtype, shape } = constant;
  const { binding } = backend();
  if ('texts' in constant) throw new Error('texts are not computed with');
  const array = arrayFor(dtype, constant.bytes);
  if (array !== undefined) return { id: binding.createTensor(shape, dtype, array), shape, dtype };
  const width = bytesPerValue(dtype) ?? 0;
  const raw = putTensor({
    dtype: DataType.uint8,
    shape: width === 1 ? shape : [...shape, width],
    bytes: constant.bytes,
  });
  const [tensor] = executeOp({ op: 'Bitcast', ...bitcastTo(dtype), inputs: [raw], outputs: 1 });
  deleteTensor(raw);
  return tensor!;
}

function bitcastTo(dtype: number): Pick<SingleOp, 'attributes'> {
  return { attributes: { T: { kind: 'type', value: DataType.uint8 }, type: { kind: 'type', value: dtype } } };
}

/** Frees a tensor of {@link executeOp} or {@link putTensor}. */
export function deleteTensor({ id }: TensorMetadata): void {
  backend().binding.deleteTensor(id);
}

/** A float32 tensor of {@link executeOp} as tfjs knows it, which from now on owns it. */
export function ownedTensor(metadata: TensorMetadata): tf.Tensor {
  return backend().createOutputTensor(metadata);
}

/** What TensorFlow knows of a tensor of tfjs, which keeps it. */
export function metadataOf(tensor: tf.Tensor): TensorMetadata {
  const id = tensorId(tensor);
  return { ...backend().tensorMap.get(tensor.dataId)!, id, shape: tensor.shape };
}

/**
 * Runs `work` while `observe`'s observer is told of every op. The binding's own properties cannot be reassigned, so an
 * object that inherits from it stands in for it.
 */
export async function observed<T>(
  observe: (binding: TensorflowBinding) => Observer,
  work: () => Promise<T>,
): Promise<T> {
  const owner = backend();
  const { binding, getInputTensorIds } = owner;
  const observer = observe(binding);
  observing = observer;
  owner.getInputTensorIds = (tensors) => {
    const ids = getInputTensorIds.call(owner, tensors);
    for (const { dataId } of tensors) {
      const tensor = dataId === undefined ? undefined : owner.tensorMap.get(dataId);
      if (tensor !== undefined) observer.onInput(tensor);
    }
    return ids;
  };
  const stand: Pick<TensorflowBinding, 'executeOp' | 'tensorDataSync'> = {
    executeOp: (op, attributes, inputs, outputs) => {
      const results = binding.executeOp(op, attributes, inputs, outputs);
      observer.onOp(op, attributes, inputs, results);
      return results;
    },
    tensorDataSync: (id) => {
      observer.onRead(id);
      return binding.tensorDataSync(id);
    },
  };
  owner.binding = Object.create(binding, Object.getOwnPropertyDescriptors(stand)) as TensorflowBinding;
  try {
    return await work();
  } finally {
    observing = undefined;
    owner.binding = binding;
    owner.getInputTensorIds = getInputTensorIds;
  }
}
