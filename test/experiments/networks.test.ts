import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildDeepMlp, DEEP_MLP, layerName } from '../../scripts/experiments/networks/deep-mlp.js';
import {
  buildGlyphInception,
  GLYPH_INCEPTION_TAPS,
} from '../../scripts/experiments/networks/glyph-inception.js';
import { buildMnistConvnet, MNIST_CONVNET_TAPS } from '../../scripts/experiments/networks/mnist-convnet.js';
import {
  type BuildNetwork,
  type Network,
  SAVED_PARTS,
  TRAINED_PARTS,
} from '../../scripts/experiments/networks/network.js';
import { loadBackend } from '../../src/backend/backend.js';

const tensorflow = await loadBackend().then(({ name }) => name === 'tensorflow');

function shapeAt({ model }: Network, layer: string) {
  return (model.getLayer(layer).outputShape as tf.Shape).slice(1);
}

describe('the MNIST network of section 3.5', () => {
  let network: Network;
  beforeAll(() => {
    network = buildMnistConvnet(1, SAVED_PARTS);
  });

  it('has the taps of Figure 2 with their shapes, in depth order', () => {
    const shapes = MNIST_CONVNET_TAPS.map((tap) => shapeAt(network, tap).join('x'));
    expect(Object.fromEntries(MNIST_CONVNET_TAPS.map((tap, at) => [tap, shapes[at]]))).toEqual({
      input: '28x28x1',
      conv1_preact: '28x28x32',
      conv1_postact: '28x28x32',
      conv1_postpool: '14x14x32',
      conv2_preact: '14x14x64',
      conv2_postact: '14x14x64',
      conv2_postpool: '7x7x64',
      fc1_preact: '512',
      fc1_postact: '512',
      logits: '10',
    });
    const order = network.model.layers.map(({ name }) => name);
    expect(order.filter((name) => (MNIST_CONVNET_TAPS as readonly string[]).includes(name))).toEqual(
      MNIST_CONVNET_TAPS,
    );
  });

  it('has the weights of a 5x5x32 and a 5x5x64 convolution, 512 units and 10 logits', () => {
    const counts = [5 * 5 * 32 + 32, 5 * 5 * 32 * 64 + 64, 7 * 7 * 64 * 512 + 512, 512 * 10 + 10];
    expect(network.model.countParams()).toBe(counts.reduce((sum, count) => sum + count, 0));
  });

  it('ends in one classifier', () => {
    expect(network.model.outputNames).toEqual(['predictions']);
  });
});

describe('the deep network of section 5.1', () => {
  it('has 128 layers of 128 units, the image joining after 64 of them', () => {
    const network = buildDeepMlp(1, SAVED_PARTS, { ...DEEP_MLP, skip: 'with-skip', gain: 2 });
    for (let number = 1; number <= 128; number++) expect(shapeAt(network, layerName(number))).toEqual([128]);
    expect(shapeAt(network, 'skip')).toEqual([128 + 784]);
    const sources = network.model.getLayer('skip').inboundNodes[0]!.inboundLayers.map(({ name }) => name);
    expect(sources).toEqual(['layer_064', 'image']);
    const next = network.model.getLayer('layer_065').inboundNodes[0]!.inboundLayers.map(({ name }) => name);
    expect(next).toEqual(['skip']);
    expect(network.model.layers.some(({ name }) => name === 'layer_129')).toBe(false);
  });

  it('is a chain without the skip connection', () => {
    const network = buildDeepMlp(1, SAVED_PARTS, { ...DEEP_MLP, skip: 'without-skip', gain: 2 });
    const merging = network.model.layers.filter(
      ({ inboundNodes }) => (inboundNodes[0]?.inboundLayers.length ?? 0) > 1,
    );
    expect(merging).toEqual([]);
  });
});

describe('the network with an auxiliary head', () => {
  let network: Network;
  beforeAll(() => {
    network = buildGlyphInception(1, SAVED_PARTS);
  });

  it('has every tap that probes go to', () => {
    for (const tap of [...GLYPH_INCEPTION_TAPS.main, ...GLYPH_INCEPTION_TAPS.auxiliary])
      expect(shapeAt(network, tap).length, tap).toBeGreaterThan(0);
  });

  it('has modules of four branches, and of three where the resolution halves', () => {
    const modules = [1, 2, 3, 4, 5, 6].map((number) => {
      const branches = network.model.getLayer(`mixed_${number}`).inboundNodes[0]!.inboundLayers.length;
      return [branches, shapeAt(network, `mixed_${number}`)[0]];
    });
    expect(modules).toEqual([
      [4, 12],
      [3, 6],
      [4, 6],
      [4, 6],
      [3, 3],
      [4, 3],
    ]);
  });

  it('ends in two classifiers, the main one first', () => {
    expect(network.model.outputNames).toEqual(['predictions', 'aux_predictions']);
    expect(network.heads.outputNames).toEqual(['logits', 'aux_logits']);
  });
});

const DEEP: BuildNetwork = (seed, parts) =>
  buildDeepMlp(seed, parts, { layers: 4, units: 8, skip: 'with-skip', gain: 2 });

const NETWORKS: readonly (readonly [string, BuildNetwork, readonly [number, number, number]])[] = [
  ['the MNIST network', buildMnistConvnet, [28, 28, 1]],
  ['the deep network', DEEP, [28, 28, 1]],
  ['the network with an auxiliary head', buildGlyphInception, [24, 24, 3]],
];

/** The trainable weights after three steps of SGD on the sum of the heads' losses. */
function trained(build: BuildNetwork, parts: typeof SAVED_PARTS, shape: readonly [number, number, number]) {
  const { model, heads } = build(7, parts);
  const optimiser = tf.train.sgd(0.05);
  const images = tf.randomUniform([6, ...shape], -1, 1, 'float32', 11);
  const targets = tf.oneHot(tf.tensor1d([0, 3, 9, 3, 1, 5], 'int32'), 10);
  for (let step = 0; step < 3; step++)
    optimiser.minimize(() => {
      const outputs = [heads.apply(images, { training: true }) as tf.Tensor | tf.Tensor[]].flat();
      return tf.addN(outputs.map((logits) => tf.losses.softmaxCrossEntropy(targets, logits))) as tf.Scalar;
    });
  return model.getWeights(true).map((weight) => Array.from(weight.dataSync()));
}

describe.skipIf(!tensorflow)('the layers for training', () => {
  it.each(NETWORKS)('have the first weights of those that are saved: %s', (_, build) => {
    const [saved, fused] = [SAVED_PARTS, TRAINED_PARTS].map((parts) => build(3, parts).model.getWeights());
    expect(fused!.map(({ shape }) => shape)).toEqual(saved!.map(({ shape }) => shape));
    for (const [at, weight] of saved!.entries())
      expect(Array.from(fused![at]!.dataSync())).toEqual(Array.from(weight.dataSync()));
  });

  it.each(NETWORKS)("learn what tfjs's own learn: %s", (_, build, shape) => {
    const [saved, fused] = [trained(build, SAVED_PARTS, shape), trained(build, TRAINED_PARTS, shape)];
    const furthest = (values: readonly number[]) =>
      values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [at, weights] of saved.entries()) {
      const apart = furthest(weights.map((weight, own) => weight - fused[at]![own]!));
      expect(apart / Math.max(furthest(weights), 1e-3)).toBeLessThan(1e-4);
    }
  });

  it.each(NETWORKS)('give the same weights for a seed, and others for another: %s', (_, build) => {
    const kernels = [1, 1, 2].map((seed) => build(seed, TRAINED_PARTS).model.getWeights()[0]!.dataSync());
    expect(kernels[1]).toEqual(kernels[0]);
    expect(kernels[2]).not.toEqual(kernels[0]);
  });
});
