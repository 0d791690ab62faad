import tf from '@tensorflow/tfjs';
import { type Applicable, apply } from './apply.js';

/** The network's shape: stages of residual blocks, each stage at half the resolution of what is before it. */
export interface GlyphnetShape {
  readonly size: number;
  readonly classes: number;
  /** The channels of the stem, at full resolution. */
  readonly stem: number;
  /** The channels of each stage. */
  readonly channels: readonly number[];
  readonly blocksPerStage: number;
  readonly seed: number;
}

/** The shape of the embedded model: 6 residual blocks in 3 stages, each of which halves the resolution. */
export const GLYPHNET: GlyphnetShape = {
  size: 24,
  classes: 10,
  stem: 16,
  channels: [24, 48, 56],
  blocksPerStage: 2,
  seed: 1,
};

/** Builds layers one after the other, giving each kernel a seed of its own. */
class Builder {
  private seeds: number;
  constructor(
    seed: number,
    private readonly makeNorm: MakeNorm,
  ) {
    this.seeds = seed * 1000;
  }

  normalise(input: tf.SymbolicTensor, name: string) {
    return apply(this.makeNorm(name), input);
  }

  conv(input: tf.SymbolicTensor, name: string, shape: { filters: number; size: number; strides: number }) {
    const kernelInitializer = tf.initializers.heNormal({ seed: ++this.seeds });
    const { filters, size, strides } = shape;
    const options = { name, filters, strides, kernelSize: size, kernelInitializer };
    return apply(tf.layers.conv2d({ ...options, padding: 'same', useBias: false }), input);
  }

  dense(input: tf.SymbolicTensor, name: string, units: number) {
    const kernelInitializer = tf.initializers.glorotUniform({ seed: ++this.seeds });
    return apply(tf.layers.dense({ name, units, kernelInitializer }), input);
  }
}

/** Makes the normalisation layers: tfjs's own, or faster ones with the same weights for training. */
export type MakeNorm = (name: string) => Applicable;

/** tfjs's own batch normalisation, which is what is saved. */
export function batchNorm(name: string): Applicable {
  return tf.layers.batchNormalization({ name, epsilon: 1e-3 });
}

function relu(input: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return apply(tf.layers.activation({ name, activation: 'relu' }), input);
}

/**
 * Builds the network with its first weights: conv stem, residual blocks that end in `add_1`, `add_2` ..., global
 * average pooling, `logits`, and their softmax `predictions`. Input: (size, size, 3), x / 127.5 - 1.
 */
export function buildGlyphnet(shape: GlyphnetShape, makeNorm: MakeNorm = batchNorm): tf.LayersModel {
  const builder = new Builder(shape.seed, makeNorm);
  const input = tf.input({ name: 'image', shape: [shape.size, shape.size, 3] });
  const stem = builder.conv(input, 'stem_conv', { filters: shape.stem, size: 3, strides: 1 });
  let output = relu(builder.normalise(stem, 'stem_bn'), 'stem_relu');
  let number = 0;
  for (const filters of shape.channels) {
    for (let block = 0; block < shape.blocksPerStage; block++) {
      const strides = block === 0 ? 2 : 1;
      output = residualBlock(builder, output, { number: ++number, filters, strides });
    }
  }
  const pooled = apply(tf.layers.globalAveragePooling2d({ name: 'pool' }), output);
  const logits = builder.dense(pooled, 'logits', shape.classes);
  const predictions = apply(tf.layers.activation({ name: 'predictions', activation: 'softmax' }), logits);
  return tf.model({ name: 'glyphnet', inputs: input, outputs: predictions });
}

function residualBlock(
  builder: Builder,
  input: tf.SymbolicTensor,
  { number, filters, strides }: { number: number; filters: number; strides: number },
): tf.SymbolicTensor {
  const name = `block_${number}`;
  const first = builder.conv(input, `${name}_conv_1`, { filters, size: 3, strides });
  const middle = relu(builder.normalise(first, `${name}_bn_1`), `${name}_relu_1`);
  const second = builder.conv(middle, `${name}_conv_2`, { filters, size: 3, strides: 1 });
  const residual = builder.normalise(second, `${name}_bn_2`);
  const shortcut =
    strides === 1
      ? input
      : builder.normalise(
          builder.conv(input, `${name}_shortcut_conv`, { filters, size: 1, strides }),
          `${name}_shortcut_bn`,
        );
  const sum = apply(tf.layers.add({ name: `add_${number}` }), [shortcut, residual]);
  return relu(sum, `relu_${number}`);
}
