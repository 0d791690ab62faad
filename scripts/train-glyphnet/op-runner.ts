import tf from '@tensorflow/tfjs';

/** The part of tfjs-node's backend that runs a TensorFlow op by name. */
export interface OpRunner {
  readonly binding: Readonly<
    Record<'TF_ATTR_TYPE' | 'TF_ATTR_FLOAT' | 'TF_ATTR_STRING' | 'TF_ATTR_BOOL' | 'TF_FLOAT', number>
  >;
  executeSingleOutput(op: string, attributes: readonly object[], inputs: tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(
    op: string,
    attributes: readonly object[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/** The TensorFlow backend, which must be in use, as that. */
export function opRunner(): OpRunner {
  return tf.backend() as unknown as OpRunner;
}

/** The attribute `T` of an op on float32 tensors. */
export function floatType({ binding }: OpRunner): object {
  return { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
}

/** What a custom gradient is given to save tensors with: all others may be gone when the gradient is computed. */
export type SaveTensors = (tensors: tf.Tensor[]) => void;
