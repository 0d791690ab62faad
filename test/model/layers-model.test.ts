import { existsSync } from 'node:fs';
import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import type { FrozenModel } from '../../src/model/model.js';
import { openModel } from '../../src/model/open-model.js';
import { resolveTaps } from '../../src/model/resolve-taps.js';
import { expectFreedTensors } from './freed-tensors.js';
import { saveLayers } from './save-model.js';
import {
  branchedModel,
  manyOutputsModel,
  nestedModel,
  noiseImages,
  residualModel,
  sharedModel,
} from './tiny-models.js';

function imagesFor({ input }: FrozenModel, batch = 2): tf.Tensor4D {
  return noiseImages([batch, input.height, input.width, input.channels]);
}

async function activations(
  model: FrozenModel,
  images: tf.Tensor4D,
  names: readonly string[],
): Promise<Map<string, number[]>> {
  const seen = new Map<string, number[]>();
  await model.run(images, names, (tap, activation) => {
    expect(seen.has(tap.name)).toBe(false);
    expect(activation.shape.slice(1)).toEqual(tap.shape);
    seen.set(tap.name, [...activation.dataSync()]);
  });
  return seen;
}

async function predicted(
  original: tf.LayersModel,
  images: tf.Tensor4D,
  layer: string,
  node = 0,
): Promise<number[]> {
  const output = original.getLayer(layer).getOutputAt(node) as tf.SymbolicTensor;
  const part = tf.model({ inputs: original.inputs, outputs: output });
  const result = part.predict(images) as tf.Tensor;
  const values = [...result.dataSync()];
  result.dispose();
  return values;
}

async function opened(original: tf.LayersModel): Promise<FrozenModel> {
  return openModel(await saveLayers(original), {});
}

describe.each(['tensorflow', 'wasm'] as const)('a layers model on %s', (backend) => {
  beforeAll(async () => {
    await loadBackend(backend);
  });

  test('lists every layer by depth with kind, op, shape and inputs', async () => {
    const model = await opened(residualModel());
    expect(model.taps.map(({ name, kind, op, depth }) => [name, kind, op, depth])).toEqual([
      ['image', 'input', 'InputLayer', 0],
      ['stem', 'convolution', 'Conv2D', 1],
      ['bn', 'normalisation', 'BatchNormalization', 2],
      ['conv_0', 'convolution', 'Conv2D', 3],
      ['relu_0', 'activation', 'ReLU', 4],
      ['add', 'merge', 'Add', 5],
      ['conv_1', 'convolution', 'Conv2D', 6],
      ['relu_1', 'activation', 'ReLU', 7],
      ['add_1', 'merge', 'Add', 8],
      ['drop', 'other', 'Dropout', 9],
      ['pool', 'pooling', 'GlobalAveragePooling2D', 10],
      ['head', 'dense', 'Dense', 11],
    ]);
    expect(model.taps[5]).toEqual({
      name: 'add',
      kind: 'merge',
      op: 'Add',
      axes: ['height', 'width', 'channels'],
      shape: [8, 8, 4],
      depth: 5,
      inputs: ['bn', 'relu_0'],
    });
    expect(model.input).toEqual({ height: 8, width: 8, channels: 3 });
    expect(model.classifier).toEqual({ tap: 'head', outputs: 5 });
    model.dispose();
  });

  test('computes at every tap what predict computes, to the bit', async () => {
    const original = residualModel();
    const model = await opened(original);
    const images = imagesFor(model);
    const seen = await activations(
      model,
      images,
      model.taps.map(({ name }) => name),
    );
    for (const { name } of model.taps)
      expect(seen.get(name), name).toEqual(await predicted(original, images, name));
    tf.dispose(images);
    model.dispose();
    original.dispose();
  });

  test('gives the input tap the images themselves', async () => {
    const model = await opened(residualModel());
    const images = imagesFor(model);
    await model.run(images, ['image'], (_tap, activation) => expect(activation).toBe(images));
    expect(images.isDisposed).toBe(false);
    images.dispose();
    model.dispose();
  });

  test('flattens nested models into outer/inner', async () => {
    const original = nestedModel();
    const model = await opened(original);
    expect(model.taps.map(({ name, depth }) => [name, depth])).toEqual([
      ['image', 0],
      ['first', 1],
      ['inner/twin', 2],
      ['inner/merge', 3],
      ['tail/flat', 4],
      ['tail/logits', 5],
    ]);
    expect(model.taps.find(({ name }) => name === 'inner/merge')?.inputs).toEqual(['first', 'inner/twin']);
    expect(model.classifier).toBeUndefined();
    const images = imagesFor(model);
    const seen = await activations(model, images, ['inner/merge', 'tail/logits']);
    expect(seen.get('inner/merge')).toEqual(await predicted(original, images, 'inner', 1));
    expect(seen.get('tail/logits')).toEqual(await predicted(original, images, 'tail', 1));
    images.dispose();
    model.dispose();
  });

  test('numbers the uses of a shared layer', async () => {
    const original = sharedModel();
    const model = await opened(original);
    expect(model.taps.map(({ name }) => name)).toEqual(['image', 'shared', 'shared:1', 'shared:2', 'joined']);
    const images = imagesFor(model);
    const seen = await activations(model, images, ['shared', 'shared:1', 'shared:2']);
    for (const [use, name] of ['shared', 'shared:1', 'shared:2'].entries())
      expect(seen.get(name)).toEqual(await predicted(original, images, 'shared', use));
    images.dispose();
    model.dispose();
  });

  test('takes the longest way as the depth of a merge, and several outputs of a model', async () => {
    const original = branchedModel();
    const model = await opened(original);
    expect(model.taps.map(({ name, depth }) => `${name}@${depth}`)).toEqual([
      'image@0',
      'long_1@1',
      'short@1',
      'long_2@2',
      'product@3',
      'halved@4',
    ]);
    const images = imagesFor(model);
    const seen = await activations(model, images, ['short', 'halved']);
    expect(seen.get('halved')).toEqual(await predicted(original, images, 'halved'));
    expect(seen.get('short')).toEqual(await predicted(original, images, 'short'));
    images.dispose();
    model.dispose();
  });

  test('names the further outputs of one layer name#1, name#2', async () => {
    const model = await opened(manyOutputsModel());
    expect(model.taps.map(({ name, shape }) => [name, shape])).toEqual([
      ['image', [4, 4, 3]],
      ['rows', [4, 12]],
      ['lstm', [2]],
      ['lstm#1', [2]],
      ['lstm#2', [2]],
      ['joined', [6]],
    ]);
    const images = imagesFor(model, 1);
    const seen = await activations(model, images, ['lstm', 'lstm#1', 'lstm#2', 'joined']);
    expect(seen.get('joined')).toEqual(['lstm', 'lstm#1', 'lstm#2'].flatMap((name) => seen.get(name)!));
    images.dispose();
    model.dispose();
  });

  test('holds few tensors at once, leaves none behind and frees its weights', async () => {
    const folder = await saveLayers(residualModel());
    const open = () => openModel(folder, {});
    await expectFreedTensors(open, { images: (model) => imagesFor(model), tap: 'add_1', most: 3 });
  });

  test('runs no further than the last tap needs', async () => {
    const model = await opened(residualModel());
    const images = imagesFor(model);
    const kernels = async (name: string) => {
      const profile = await tf.profile(async () => {
        await model.run(images, [name], () => undefined);
        return [];
      });
      return profile.kernelNames;
    };
    expect(await kernels('head')).toContain('Softmax');
    expect(await kernels('conv_0')).not.toContain('Relu');
    expect(await kernels('relu_0')).not.toContain('Softmax');
    images.dispose();
    model.dispose();
  });

  test('refuses a tap that is not there', async () => {
    const model = await opened(sharedModel());
    const images = imagesFor(model);
    await expect(model.run(images, ['shared:3'], () => undefined)).rejects.toThrow('tap not found: shared:3');
    images.dispose();
    model.dispose();
  });

  test('needs a size where the file leaves it open, and finds the shapes by it', async () => {
    const folder = await saveLayers(residualModel(null));
    await expect(openModel(folder, {})).rejects.toThrow(
      'model leaves its input size open: image (?, ?, ?, 3) (--input-size 224x224 gives one)',
    );
    const before = tf.memory().numTensors;
    const model = await openModel(folder, { inputSize: { height: 10, width: 12 } });
    expect(model.input).toEqual({ height: 10, width: 12, channels: 3 });
    expect(model.taps.find(({ name }) => name === 'add_1')?.shape).toEqual([10, 12, 4]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.skipIf(!existsSync('../shared/models'))('the shared models', () => {
  beforeAll(async () => {
    await loadBackend();
  });

  test('MobileNetV2 has ten merges and a classifier of 1,001 outputs', async () => {
    const model = await openModel('../shared/models/mobilenet-v2', {});
    expect(resolveTaps(['merges'], model.taps).map(({ name }) => name)).toEqual(
      [2, 4, 5, 7, 8, 9, 11, 12, 14, 15].map((block) => `block_${block}_add`),
    );
    expect(model.classifier).toEqual({ tap: 'predictions', outputs: 1001 });
    expect(model.name).toBe('mobilenet-v2');
    model.dispose();
  });

  test('ResNet-50, its kernels in float16, has thirteen merges of the known shapes', async () => {
    const model = await openModel('../shared/models/resnet50-to-add12/model.json', {});
    const merges = resolveTaps(['merges'], model.taps);
    expect(merges.map(({ name }) => name)).toEqual([
      'add',
      ...Array.from({ length: 12 }, (_, at) => `add_${at + 1}`),
    ]);
    expect(merges.map(({ shape }) => shape.join('x'))).toEqual([
      ...Array(3).fill('56x56x256'),
      ...Array(4).fill('28x28x512'),
      ...Array(6).fill('14x14x1024'),
    ]);
    expect(model.classifier).toBeUndefined();
    model.dispose();
  });
});
