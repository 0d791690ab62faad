import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBackend } from '../../../src/backend/backend.js';
import { largestDeviation } from '../../../src/forward/deviation.js';
import type { FrozenModel } from '../../../src/model/model.js';
import { openModel } from '../../../src/model/open-model.js';
import { resolvePreprocess } from '../../../src/model/preprocess.js';
import { expectFreedTensors } from '../freed-tensors.js';
import { writeModel } from '../save-model.js';
import { tinyGraph } from '../tiny-graph.js';
import { noiseImages } from '../tiny-models.js';
import { expectedImage, expectedOf, type SavedModelName, savedModelFolder } from './saved-models.js';

beforeAll(async () => {
  await loadBackend('tensorflow');
});

/** The activations of some taps, by name. */
async function activations(model: FrozenModel, images: tf.Tensor4D, names: readonly string[]) {
  const found = new Map<string, Float32Array>();
  await model.run(images, names, ({ name }, activation) => {
    found.set(name, (activation.dataSync() as Float32Array).slice());
  });
  return found;
}

function listed({ taps }: FrozenModel) {
  return taps.map(({ name, kind, op, shape, depth, inputs }) => [
    ...[name, kind, op, shape.join('x'), depth],
    inputs.join(),
  ]);
}

describe('a SavedModel', () => {
  test('of Keras lists its ops by depth under the names of layers, whatever calls them', async () => {
    const model = await openModel(savedModelFolder('keras'), {});
    expect(model.format).toBe('saved-model');
    expect(model.name).toBe('keras');
    expect(listed(model)).toEqual([
      ['image', 'input', 'Placeholder', '8x8x3', 0, ''],
      ['rescale_1/mul', 'other', 'Mul', '8x8x3', 1, 'image'],
      ['rescale_1/add', 'other', 'AddV2', '8x8x3', 2, 'rescale_1/mul'],
      ['pad_1/Pad', 'other', 'Pad', '10x10x3', 3, 'rescale_1/add'],
      ['conv_1/convolution', 'convolution', 'Conv2D', '8x8x4', 4, 'pad_1/Pad'],
      ['conv_1/BiasAdd', 'other', 'BiasAdd', '8x8x4', 5, 'conv_1/convolution'],
      ['norm_1/batchnorm/mul_1', 'other', 'Mul', '8x8x4', 6, 'conv_1/BiasAdd'],
      ['norm_1/batchnorm/add_1', 'normalisation', 'AddV2', '8x8x4', 7, 'norm_1/batchnorm/mul_1'],
      ['relu_1/Relu6', 'activation', 'Relu6', '8x8x4', 8, 'norm_1/batchnorm/add_1'],
      ['depthwise_1/depthwise', 'convolution', 'DepthwiseConv2dNative', '8x8x4', 9, 'relu_1/Relu6'],
      ['norm_2_1/batchnorm/mul', 'other', 'Mul', '8x8x4', 10, 'depthwise_1/depthwise'],
      ['norm_2_1/batchnorm/add_1', 'normalisation', 'AddV2', '8x8x4', 11, 'norm_2_1/batchnorm/mul'],
      ['swish_1/mul', 'other', 'Mul', '8x8x4', 12, 'norm_2_1/batchnorm/add_1'],
      ['swish_1/Sigmoid', 'activation', 'Sigmoid', '8x8x4', 13, 'swish_1/mul'],
      ['swish_1/mul_1', 'activation', 'Mul', '8x8x4', 14, 'norm_2_1/batchnorm/add_1,swish_1/Sigmoid'],
      ['add_1/Add', 'merge', 'AddV2', '8x8x4', 15, 'relu_1/Relu6,swish_1/mul_1'],
      ['pool_1/Mean', 'pooling', 'Mean', '4', 16, 'add_1/Add'],
      ['classes_1/MatMul', 'dense', 'MatMul', '3', 17, 'pool_1/Mean'],
      ['classes_1/BiasAdd', 'other', 'BiasAdd', '3', 18, 'classes_1/MatMul'],
      ['classes_1/Softmax', 'activation', 'Softmax', '3', 19, 'classes_1/BiasAdd'],
    ]);
    expect(model.classifier).toEqual({ tap: 'classes_1/Softmax', outputs: 3 });
    model.dispose();
  });

  test.each([
    ['module', 'serving_default'],
    ['module', 'bytes'],
    ['module', 'fixed'],
    ['module', 'logits'],
    ['module', 'half'],
    ['module', 'shaped'],
    ['keras', 'serving_default'],
    ['version-1', 'serving_default'],
    ['branches', 'constant_true'],
    ['branches', 'constant_false'],
    ['branches', 'training'],
    ['branches', 'case'],
  ] satisfies [SavedModelName, string][])(
    '%s computes by %s what TensorFlow does in Python',
    async (name, signature) => {
      const expected = expectedOf(name, signature);
      const model = await openModel(savedModelFolder(name), { signature });
      const images = tf.tensor4d(expectedImage(expected), [...expected.shape]);
      const last = model.taps.at(-1)!.name;
      const found = (await activations(model, images, [last])).get(last)!;
      expect(found).toHaveLength(expected.values.length);
      expect(largestDeviation(Float32Array.from(expected.values), found)).toBeLessThan(1e-5);
      images.dispose();
      model.dispose();
    },
  );

  test('holds the branch that is taken, and nothing of the others', async () => {
    const ops = async (signature: string) => {
      const model = await openModel(savedModelFolder('branches'), { signature });
      model.dispose();
      return model.taps.map(({ op }) => op);
    };
    const taken = ['Placeholder', 'Conv2D', 'Relu', 'Mean'];
    for (const signature of ['constant_true', 'training', 'case'])
      expect(await ops(signature), signature).toEqual(taken);
    expect(await ops('constant_false')).toEqual(['Placeholder', 'Neg', 'Mean']);
  });

  test('and a tfjs graph model of the same weights agree at every tap', async () => {
    const [saved, graph] = [
      await openModel(savedModelFolder('module'), {}),
      await openModel(writeModel(tinyGraph()), {}),
    ];
    const names = graph.taps.map(({ name }) => name);
    expect(saved.taps.map(({ op: _, ...tap }) => tap)).toEqual(graph.taps.map(({ op: _, ...tap }) => tap));
    expect(saved.classifier).toEqual(graph.classifier);
    const images = noiseImages([2, 6, 6, 3]);
    const [a, b] = [await activations(saved, images, names), await activations(graph, images, names)];
    for (const name of names) expect(largestDeviation(b.get(name)!, a.get(name)!), name).toBeLessThan(1e-5);
    images.dispose();
    saved.dispose();
    graph.dispose();
  });

  test('that ends in logits is a classifier by their softmax, which is no tap', async () => {
    const model = await openModel(savedModelFolder('module'), { signature: 'logits' });
    const whole = await openModel(savedModelFolder('module'), {});
    expect(model.classifier?.outputs).toBe(3);
    const tap = model.classifier!.tap;
    expect(model.taps.map(({ name }) => name)).not.toContain(tap);
    const images = noiseImages([2, 6, 6, 3]);
    const [a, b] = [
      await activations(model, images, [tap]),
      await activations(whole, images, ['probabilities']),
    ];
    expect([...a.get(tap)!]).toEqual([...b.get('probabilities')!]);
    images.dispose();
    model.dispose();
    whole.dispose();
  });

  test('tells the uses of a network that is called twice apart', async () => {
    const model = await openModel(savedModelFolder('module'), { signature: 'two_outputs' });
    const names = model.taps.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('merged:1');
    expect(model.classifier).toBeUndefined();
    model.dispose();
  });

  test('of whole numbers takes pixels as they are', async () => {
    const model = await openModel(savedModelFolder('module'), { signature: 'bytes' });
    expect(resolvePreprocess({ model })).toMatchObject({ mean: [0, 0, 0], scale: [1, 1, 1] });
    expect(() => resolvePreprocess({ model, declared: { preset: 'tf' } })).toThrow(
      'model takes whole numbers of 0 to 255 and preprocesses them itself: module (choose --preprocess raw)',
    );
    model.dispose();
  });

  test('needs a size where it leaves it open, and says which batch it takes', async () => {
    const folder = savedModelFolder('module');
    const open = { signature: 'open' };
    await expect(openModel(folder, open)).rejects.toThrow(
      'model leaves its input size open: image (?, ?, ?, 3)',
    );
    const model = await openModel(folder, { ...open, inputSize: { height: 5, width: 7 } });
    expect(model.taps.find(({ name }) => name === 'merged')?.shape).toEqual([5, 7, 4]);
    expect(model.batch).toBeUndefined();
    model.dispose();
    const fixed = await openModel(folder, { signature: 'fixed' });
    expect(fixed.batch).toBe(4);
    fixed.dispose();
  });

  test('runs no further than the last tap needs, frees each tensor after its last use, and its weights in the end', async () => {
    const open = () => openModel(savedModelFolder('module'), {});
    await expectFreedTensors(open, { images: () => noiseImages([2, 6, 6, 3]), tap: 'merged', most: 4 });
  });

  test('refuses to run a tap that it does not have', async () => {
    const model = await openModel(savedModelFolder('module'), {});
    const images = noiseImages([2, 6, 6, 3]);
    await expect(model.run(images, ['kernel'], () => undefined)).rejects.toThrow('tap not found: kernel');
    images.dispose();
    model.dispose();
  });

  test('is the same by its fingerprint whatever signature leads to the same ops, and another where these differ', async () => {
    const identities = await Promise.all(
      [undefined, 'serving_default', 'logits', 'two_outputs'].map(async (signature) => {
        const model = await openModel(savedModelFolder('module'), { signature });
        model.dispose();
        return model.identity;
      }),
    );
    const [first, same, logits, two] = identities;
    expect(first).toEqual(same);
    expect(logits!.weightsSha256).toBe(first!.weightsSha256);
    expect(logits!.topologySha256).not.toBe(first!.topologySha256);
    expect(two!.topologySha256).not.toBe(first!.topologySha256);
  });
});
