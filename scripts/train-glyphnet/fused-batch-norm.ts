/*
 * Batch normalisation for training, by TensorFlow's own fused kernels. tfjs builds the same from some thirty element-
 * wise ops, and its gradient alone takes three quarters of a training step. Same weights in the same order as
 * tf.layers.batchNormalization, so that weights go from one model to the other as they are.
 */
import tf from '@tensorflow/tfjs';
import { type OpRunner, opRunner, type SaveTensors } from './op-runner.js';

const EPSILON = 1e-3;
const MOMENTUM = 0.95;

function attributes({ binding }: OpRunner): object[] {
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'U', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: EPSILON },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
}

/** Batch normalisation of (batch, height, width, channels), trained by FusedBatchNormV3 and its gradient. */
export class FusedBatchNorm extends tf.layers.Layer {
  static readonly className = 'FusedBatchNorm';
  private gamma!: ReturnType<FusedBatchNorm['addWeight']>;
  private beta!: ReturnType<FusedBatchNorm['addWeight']>;
  private mean!: ReturnType<FusedBatchNorm['addWeight']>;
  private variance!: ReturnType<FusedBatchNorm['addWeight']>;

  override build(inputShape: tf.Shape): void {
    const shape = [inputShape[3] ?? 1];
    const { ones, zeros } = tf.initializers;
    this.gamma = this.addWeight('gamma', shape, 'float32', ones(), undefined, true);
    this.beta = this.addWeight('beta', shape, 'float32', zeros(), undefined, true);
    this.mean = this.addWeight('moving_mean', shape, 'float32', zeros(), undefined, false);
    this.variance = this.addWeight('moving_variance', shape, 'float32', ones(), undefined, false);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: { training?: boolean }): tf.Tensor {
    const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    const gamma = this.gamma.read() as tf.Tensor1D;
    const beta = this.beta.read() as tf.Tensor1D;
    if (options.training === true) return this.trainCall(input, gamma, beta);
    const [mean, variance] = [this.mean.read() as tf.Tensor1D, this.variance.read() as tf.Tensor1D];
    return tf.batchNorm(input, mean, variance, beta, gamma, EPSILON);
  }

  private trainCall(input: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D): tf.Tensor {
    const normalise = tf.customGrad((...given) => {
      const [x, scale, offset, save] = given as unknown as [tf.Tensor, tf.Tensor, tf.Tensor, SaveTensors];
      const runner = opRunner();
      const none = tf.tensor1d([]);
      const inputs = [x, scale, offset, none, none];
      const [value, mean, variance, ...reserved] = runner.executeMultipleOutputs(
        'FusedBatchNormV3',
        attributes(runner),
        inputs,
        6,
      ) as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
      this.follow(mean, variance);
      save([x, scale, ...reserved]);
      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
        const inputs = [dy, ...saved];
        return runner
          .executeMultipleOutputs('FusedBatchNormGradV3', attributes(runner), inputs, 5)
          .slice(0, 3);
      };
      return { value, gradFunc };
    });
    return normalise(input, gamma, beta);
  }

  /** Moves the running mean and variance towards those of the batch. */
  private follow(mean: tf.Tensor, variance: tf.Tensor): void {
    for (const [weight, batch] of [
      [this.mean, mean],
      [this.variance, variance],
    ] as const) {
      weight.write(
        tf.tidy(() =>
          weight
            .read()
            .mul(MOMENTUM)
            .add(batch.mul(1 - MOMENTUM)),
        ),
      );
    }
  }
}
tf.serialization.registerClass(FusedBatchNorm);
