import tf from '@tensorflow/tfjs';

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
    owner.binding = binding;
    owner.getInputTensorIds = getInputTensorIds;
  }
}
