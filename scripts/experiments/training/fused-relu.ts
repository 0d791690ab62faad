import tf from '@tensorflow/tfjs';
import { floatType, opRunner, type SaveTensors } from '../../train-glyphnet/op-runner.js';

/** max(x, 0) whose gradient is TensorFlow's ReluGrad: tfjs builds that from five element-wise ops. */
export function fusedRelu(input: tf.Tensor): tf.Tensor {
  const relu = tf.customGrad((x, save) => {
    const value = tf.relu(x as tf.Tensor);
    (save as SaveTensors)([value]);
    return { value, gradFunc: (dy: tf.Tensor, [output]: tf.Tensor[]) => reluGrad(dy, output!) };
  });
  return relu(input);
}

/** The gradient before a ReLU, of the gradient behind it and what it gave. */
export function reluGrad(dy: tf.Tensor, output: tf.Tensor): tf.Tensor {
  const runner = opRunner();
  return runner.executeSingleOutput('ReluGrad', [floatType(runner)], [dy, output]);
}

/** A ReLU layer for training; it has no weights, so that weights go from a model with it to one without. */
export class FusedRelu extends tf.layers.Layer {
  static readonly className = 'FusedRelu';

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return fusedRelu(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}
tf.serialization.registerClass(FusedRelu);
