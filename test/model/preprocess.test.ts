import tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import type { FrozenModel } from '../../src/model/model.js';
import { pixelsModel } from '../../src/model/pixels-model.js';
import {
  PREPROCESS_PRESETS,
  type PreprocessOptions,
  type PreprocessSources,
  resolvePreprocess,
} from '../../src/model/preprocess.js';
import { preprocessTensor } from '../../src/model/preprocess-tensor.js';

const pixels = pixelsModel({ height: 2, width: 1, channels: 3 });
const grey = pixelsModel({ height: 2, width: 1, channels: 1 });
const network: FrozenModel = { ...pixels, format: 'layers', name: 'net' };

function apply(image: readonly number[], sources: PreprocessSources): number[] {
  const preprocess = resolvePreprocess(sources);
  const before = tf.memory().numTensors;
  const input = tf.tensor4d(Uint8Array.from(image), [1, 2, 1, preprocess.geometry.channels], 'int32');
  const output = preprocessTensor(input, preprocess);
  const values = [...output.dataSync()];
  tf.dispose([input, output]);
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [at, value] of expected.entries()) expect(actual[at]).toBeCloseTo(value, 4);
}

const image = [255, 0, 100, 1, 2, 3];

describe.each(['tensorflow', 'wasm'] as const)('preprocessing on %s', (backend) => {
  beforeAll(async () => {
    await loadBackend(backend);
  });

  test('tf is x / 127.5 - 1', () => {
    expectClose(
      apply(image, { model: network, declared: { preset: 'tf' } }),
      image.map((x) => x / 127.5 - 1),
    );
  });

  test('torch is (x / 255 - mean) / std', () => {
    const mean = [0.485, 0.456, 0.406];
    const std = [0.229, 0.224, 0.225];
    expectClose(
      apply(image, { model: network, declared: { preset: 'torch' } }),
      image.map((x, at) => (x / 255 - mean[at % 3]!) / std[at % 3]!),
    );
  });

  test('caffe is BGR less its means', () => {
    expectClose(apply(image, { model: network, declared: { preset: 'caffe' } }), [
      100 - 103.939,
      0 - 116.779,
      255 - 123.68,
      3 - 103.939,
      2 - 116.779,
      1 - 123.68,
    ]);
  });

  test('raw is the pixels as they are, and the default without a network', () => {
    expect(apply(image, { model: pixels })).toEqual(image);
    expect(apply([7, 8], { model: grey })).toEqual([7, 8]);
  });

  test('a preset keeps its numbers with their colours in the other channel order', () => {
    const rgb = apply(image, { model: network, declared: { preset: 'caffe', channelOrder: 'rgb' } });
    expectClose(rgb, [255 - 123.68, 0 - 116.779, 100 - 103.939, 1 - 123.68, 2 - 116.779, 3 - 103.939]);
  });
});

describe('resolvePreprocess', () => {
  test('names the choices for a network that says nothing', () => {
    expect(() => resolvePreprocess({ model: network })).toThrow(
      'model does not say how its images are preprocessed: net (choose --preprocess tf|torch|caffe|raw',
    );
    expect(() => resolvePreprocess({ model: network, declared: { mean: [1] } })).toThrow('does not say');
  });

  test('takes the model input as its geometry, and resizes as the origin of the preset does', () => {
    const geometryOf = (declared: PreprocessOptions) =>
      resolvePreprocess({ model: network, declared }).geometry;
    const input = { height: 2, width: 1, channels: 3, crop: 1 };
    const keras = { ...input, resize: 'stretch', kernel: 'nearest' };
    const torchvision = { ...input, resize: 'cover', kernel: 'bilinear' };
    expect(geometryOf({ preset: 'tf' })).toEqual(keras);
    expect(geometryOf({ preset: 'caffe' })).toEqual(keras);
    expect(geometryOf({ preset: 'torch' })).toEqual(torchvision);
    expect(geometryOf({ preset: 'raw' })).toEqual(torchvision);
    expect(geometryOf({ mean: [0], scale: [1] })).toEqual(torchvision);
    const declared = { preset: 'tf', resize: 'cover', crop: 0.5, kernel: 'bicubic' } as const;
    expect(geometryOf(declared)).toEqual({ ...input, resize: 'cover', crop: 0.5, kernel: 'bicubic' });
  });

  test('puts the parts of the user over those of the sidecar', () => {
    const sidecar = {
      preset: 'caffe',
      resize: 'cover',
      crop: 0.9,
      kernel: 'bicubic',
      mean: [1, 2, 3],
    } as const;
    expect(resolvePreprocess({ model: network, sidecar, declared: { crop: 0.5, scale: [2] } })).toEqual({
      geometry: { height: 2, width: 1, channels: 3, resize: 'cover', crop: 0.5, kernel: 'bicubic' },
      channelOrder: 'bgr',
      mean: [1, 2, 3],
      scale: [2, 2, 2],
    });
  });

  test('a preset of the user replaces the colours of the sidecar, and no more', () => {
    const sidecar = { preset: 'caffe', resize: 'stretch', mean: [1, 2, 3] } as const;
    expect(resolvePreprocess({ model: network, sidecar, declared: { preset: 'raw' } })).toEqual({
      geometry: { height: 2, width: 1, channels: 3, resize: 'stretch', crop: 1, kernel: 'bilinear' },
      channelOrder: 'rgb',
      mean: [0, 0, 0],
      scale: [1, 1, 1],
    });
  });

  test('gives one mean and scale for a grey model', () => {
    for (const preset of PREPROCESS_PRESETS) {
      const { mean, scale, channelOrder } = resolvePreprocess({ model: grey, declared: { preset } });
      expect([mean.length, scale.length, channelOrder]).toEqual([1, 1, 'rgb']);
    }
    expect(resolvePreprocess({ model: grey, declared: { preset: 'torch' } }).mean[0]).toBeCloseTo(
      0.449 * 255,
      6,
    );
  });

  test.each([
    [{ mean: [1, 2] }, 'preprocessing mean has 2 values: 1, 2 (expected 1 or 3)'],
    [{ scale: [0] }, 'preprocessing scale must be finite numbers other than zero: 0'],
    [{ mean: [Number.NaN] }, 'preprocessing mean must be finite numbers'],
    [{ crop: 0 }, 'central crop must be a fraction above 0 and up to 1.5: 0'],
    [{ crop: 224 }, 'central crop must be a fraction'],
  ])('refuses %j', (declared, message) => {
    expect(() => resolvePreprocess({ model: pixels, declared })).toThrow(message);
  });

  test('is plain JSON, whatever is declared', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PREPROCESS_PRESETS),
        fc.constantFrom('rgb', 'bgr'),
        (preset, channelOrder) => {
          const preprocess = resolvePreprocess({
            model: network,
            declared: { preset, channelOrder: channelOrder as 'rgb' | 'bgr' },
          });
          expect(JSON.parse(JSON.stringify(preprocess))).toEqual(preprocess);
        },
      ),
    );
  });
});
