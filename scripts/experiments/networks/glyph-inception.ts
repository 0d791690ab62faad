import tf from '@tensorflow/tfjs';
import { type Applicable, apply } from '../../train-glyphnet/apply.js';
import { type Network, networkOf, type Parts } from './network.js';

/** Where probes go, in the order of the graph: the stem, every inception module, and the end of each head. */
export const GLYPH_INCEPTION_TAPS = {
  main: [
    'image',
    'stem_1_relu',
    'stem_2_relu',
    'mixed_1',
    'mixed_2',
    'mixed_3',
    'mixed_4',
    'mixed_5',
    'mixed_6',
    'pool',
    'logits',
  ],
  auxiliary: ['aux_pool', 'aux_1_relu', 'aux_2_relu', 'aux_logits'],
} as const;

/** One convolution of a branch: so many filters of a size, over steps of `strides`. */
interface Convolution {
  readonly filters: number;
  readonly size: number;
  readonly strides?: number;
}

/** A branch of an inception module: a pooling, or none, and then convolutions. */
interface Branch {
  readonly name: string;
  readonly pool?: 'average' | 'max';
  readonly strides?: number;
  readonly convolutions: readonly Convolution[];
}

const one = (filters: number): Convolution => ({ filters, size: 1 });
const three = (filters: number, strides = 1): Convolution => ({ filters, size: 3, strides });

/** A module of four branches that keeps the resolution, as Inception v3 has them. */
function keeping(filters: number): readonly Branch[] {
  const half = filters / 2;
  return [
    { name: '1x1', convolutions: [one(filters)] },
    { name: '3x3', convolutions: [one(half), three(filters)] },
    { name: 'double_3x3', convolutions: [one(half), three(filters), three(filters)] },
    { name: 'pool', pool: 'average', convolutions: [one(half)] },
  ];
}

/** A module of three branches that halves the resolution. */
function halving(filters: number): readonly Branch[] {
  return [
    { name: '3x3', convolutions: [three(filters, 2)] },
    { name: 'double_3x3', convolutions: [one(filters / 2), three(filters), three(filters, 2)] },
    { name: 'pool', pool: 'max', strides: 2, convolutions: [] },
  ];
}

const MODULES: readonly (readonly Branch[])[] = [
  keeping(8),
  halving(12),
  keeping(16),
  keeping(16),
  halving(20),
  keeping(24),
];

/** The auxiliary head leaves after this module, the last before the second halving, as in Inception v3. */
const AUXILIARY_AFTER = 4;

/** Lays convolutions with batch norms and ReLUs, giving each kernel a seed of its own. */
class Builder {
  constructor(
    private seeds: number,
    private readonly parts: Parts,
  ) {}

  convolve(input: tf.SymbolicTensor, name: string, { filters, size, strides = 1 }: Convolution) {
    const kernelInitializer = tf.initializers.heNormal({ seed: ++this.seeds });
    const options = { name: `${name}_conv`, filters, strides, kernelSize: size, kernelInitializer };
    const layer = tf.layers.conv2d({ ...options, padding: 'same', useBias: false });
    const normal = apply(this.parts.batchNorm(`${name}_bn`), apply(layer, input));
    return apply(this.parts.relu(`${name}_relu`), normal);
  }

  mix(input: tf.SymbolicTensor, name: string, branches: readonly Branch[]): tf.SymbolicTensor {
    const ends = branches.map((branch) => this.branch(input, `${name}_${branch.name}`, branch));
    return apply(tf.layers.concatenate({ name }), ends);
  }

  private branch(input: tf.SymbolicTensor, name: string, { pool, strides = 1, convolutions }: Branch) {
    const start =
      pool === undefined ? input : apply(pooling(pool, { name: `${name}_pooling`, strides }), input);
    return convolutions.reduce(
      (output, convolution, at) => this.convolve(output, `${name}_${at + 1}`, convolution),
      start,
    );
  }

  dense(input: tf.SymbolicTensor, name: string, units: number) {
    const kernelInitializer = tf.initializers.glorotUniform({ seed: ++this.seeds });
    return apply(tf.layers.dense({ name, units, kernelInitializer }), input);
  }
}

function pooling(
  kind: 'average' | 'max',
  own: { readonly name: string; readonly strides: number },
): Applicable {
  const options = { ...own, poolSize: 3, padding: 'same' as const };
  return kind === 'max' ? tf.layers.maxPooling2d(options) : tf.layers.averagePooling2d(options);
}

/**
 * A small network in the form of the paper's Figure 8, for glyphs, (24, 24, 3): a stem of two convolutions, six
 * inception modules, two of which halve the resolution, and two heads: the main one at the end, and an auxiliary one
 * that leaves after the fourth module.
 */
export function buildGlyphInception(seed: number, parts: Parts): Network {
  const builder = new Builder(seed * 1000, parts);
  const input = tf.input({ name: 'image', shape: [24, 24, 3] });
  let output = builder.convolve(input, 'stem_1', three(12));
  output = builder.convolve(output, 'stem_2', three(16, 2));
  let auxiliary: tf.SymbolicTensor | undefined;
  for (const [at, branches] of MODULES.entries()) {
    output = builder.mix(output, `mixed_${at + 1}`, branches);
    if (at + 1 === AUXILIARY_AFTER) auxiliary = auxiliaryHead(builder, output);
  }
  const pooled = apply(tf.layers.globalAveragePooling2d({ name: 'pool' }), output);
  const predictions = builder.dense(pooled, 'logits', 10);
  return networkOf('glyph-inception', input, { predictions, aux_predictions: auxiliary! });
}

function auxiliaryHead(builder: Builder, input: tf.SymbolicTensor): tf.SymbolicTensor {
  const pool = tf.layers.averagePooling2d({ name: 'aux_pool', poolSize: 2, padding: 'valid' });
  const narrow = builder.convolve(apply(pool, input), 'aux_1', one(24));
  const wide = builder.convolve(narrow, 'aux_2', three(32));
  const flat = apply(tf.layers.flatten({ name: 'aux_flatten' }), wide);
  return builder.dense(flat, 'aux_logits', 10);
}
