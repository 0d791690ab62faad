import tf from '@tensorflow/tfjs';
import { apply } from '../../train-glyphnet/apply.js';
import { type Network, networkOf, type Parts } from './network.js';

/** The places that the paper's Figure 2 probes: each side of every convolution, activation and pooling, in depth order. */
export const MNIST_CONVNET_TAPS = [
  'input',
  'conv1_preact',
  'conv1_postact',
  'conv1_postpool',
  'conv2_preact',
  'conv2_postact',
  'conv2_postpool',
  'fc1_preact',
  'fc1_postact',
  'logits',
] as const;

/** How pixels reach it: (x - 127.5) / 255, as in the model that the paper took. */
export const MNIST_CONVNET_PREPROCESS = { mean: [127.5], scale: [1 / 255] };

/**
 * The network of section 3.5, with the first weights of tensorflow/models' image/mnist/convolutional.py: kernels from a
 * normal distribution of deviation 0.1 cut at two deviations, biases of 0.1 but for the first convolution's, which are 0.
 * 5 x 5 x 32 convolution, ReLU, 2 x 2 max pooling, 5 x 5 x 64 convolution, ReLU, pooling, 512 units, ReLU, 10 logits.
 */
export function buildMnistConvnet(seed: number, parts: Parts): Network {
  let seeds = seed * 1000;
  const kernelInitializer = () => tf.initializers.truncatedNormal({ mean: 0, stddev: 0.1, seed: ++seeds });
  const bias = (value: number) => tf.initializers.constant({ value });
  const convolution = (input: tf.SymbolicTensor, name: string, filters: number, first: number) => {
    const options = {
      filters,
      kernelSize: 5,
      padding: 'same' as const,
      kernelInitializer: kernelInitializer(),
    };
    const layer = tf.layers.conv2d({ name: `${name}_preact`, ...options, biasInitializer: bias(first) });
    const active = apply(parts.relu(`${name}_postact`), apply(layer, input));
    return apply(tf.layers.maxPooling2d({ name: `${name}_postpool`, poolSize: 2, padding: 'same' }), active);
  };
  const dense = (input: tf.SymbolicTensor, name: string, units: number) => {
    const options = { kernelInitializer: kernelInitializer(), biasInitializer: bias(0.1) };
    return apply(tf.layers.dense({ name, units, ...options }), input);
  };
  const input = tf.input({ name: 'input', shape: [28, 28, 1] });
  const maps = convolution(convolution(input, 'conv1', 32, 0), 'conv2', 64, 0.1);
  const flat = apply(tf.layers.flatten({ name: 'flatten' }), maps);
  const hidden = apply(parts.relu('fc1_postact'), dense(flat, 'fc1_preact', 512));
  return networkOf('mnist-convnet', input, { predictions: dense(hidden, 'logits', 10) });
}
