import tf from '@tensorflow/tfjs';
import { apply } from '../../train-glyphnet/apply.js';
import { type Network, networkOf, type Parts } from './network.js';

/** Whether the image also reaches the middle of the network by a way of its own. */
export const SKIPS = ['with-skip', 'without-skip'] as const;

/** One of {@link SKIPS}. */
export type Skip = (typeof SKIPS)[number];

/** The depth and width of section 5.1. */
export const DEEP_MLP = { layers: 128, units: 128 } as const;

/** What a deep network is like. */
export interface DeepMlpShape {
  readonly layers: number;
  readonly units: number;
  readonly skip: Skip;
  /** The variance of the first weights times the units that feed them: 2 keeps the size of a ReLU network's signal. */
  readonly gain: number;
}

/** `layer_001`: a tap's name, in order also when sorted as text. */
export function layerName(number: number): string {
  return `layer_${String(number).padStart(3, '0')}`;
}

/**
 * The network of section 5.1: fully connected ReLU layers of one width, `layer_001` ... `layer_128`, and `logits`. With
 * the skip connection the image bypasses the first half completely: `skip` joins it to what the half gives.
 */
export function buildDeepMlp(seed: number, parts: Parts, shape: DeepMlpShape): Network {
  const { layers, units, skip, gain } = shape;
  let seeds = seed * 1000;
  const kernelInitializer = (scale: number) =>
    tf.initializers.varianceScaling({ scale, mode: 'fanIn', distribution: 'uniform', seed: ++seeds });
  const input = tf.input({ name: 'input', shape: [28, 28, 1] });
  const image = apply(tf.layers.flatten({ name: 'image' }), input);
  let output = image;
  for (let number = 1; number <= layers; number++) {
    if (number === layers / 2 + 1 && skip === 'with-skip')
      output = apply(tf.layers.concatenate({ name: 'skip' }), [output, image]);
    const options = { name: layerName(number), units, kernelInitializer: kernelInitializer(gain) };
    output = apply(parts.denseRelu(options), output);
  }
  const options = { name: 'logits', units: 10, kernelInitializer: kernelInitializer(1) };
  return networkOf(`mlp-${layers}-${skip}`, input, { predictions: apply(tf.layers.dense(options), output) });
}
