import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { openModel } from '../../src/model/open-model.js';
import { readSidecar } from '../../src/model/sidecar.js';
import { saveLayers, temporaryFolder } from './save-model.js';
import { noiseImages, residualModel } from './tiny-models.js';

beforeAll(async () => {
  await loadBackend();
});

function sidecar(content: string, folder = temporaryFolder()): string {
  writeFileSync(join(folder, 'strata.json'), content);
  return folder;
}

describe('pixels', () => {
  test('has one tap, the image itself', async () => {
    const model = await openModel('pixels', { imageShape: { height: 4, width: 5, channels: 1 } });
    expect(model.taps).toEqual([
      {
        ...{ name: 'input', kind: 'input', op: 'pixels', shape: [4, 5, 1], depth: 0, inputs: [] },
        axes: ['height', 'width', 'channels'],
      },
    ]);
    expect(model.classifier).toBeUndefined();
    const images = noiseImages([2, 4, 5, 1]);
    const held = tf.memory().numTensors;
    await model.run(images, ['input'], (_tap, activation) => expect(activation).toBe(images));
    expect(tf.memory().numTensors).toBe(held);
    await expect(model.run(images, ['add'], () => undefined)).rejects.toThrow(
      'tap not found: add (known: input)',
    );
    images.dispose();
    model.dispose();
  });

  test('takes the size asked for before that of the data set, and three channels by default', async () => {
    const imageShape = { height: 4, width: 5, channels: 1 } as const;
    const inputSize = { height: 8, width: 8 };
    expect((await openModel('pixels', { imageShape, inputSize })).input).toEqual({
      ...inputSize,
      channels: 1,
    });
    expect((await openModel('pixels', { inputSize })).input).toEqual({ ...inputSize, channels: 3 });
    await expect(openModel('pixels', {})).rejects.toThrow('model `pixels` needs an input size');
  });

  test('is another model at another size', async () => {
    const [small, large] = [4, 8].map((side) =>
      openModel('pixels', { inputSize: { height: side, width: side } }),
    );
    expect((await small!).identity).not.toEqual((await large!).identity);
  });
});

describe('the sidecar', () => {
  test('gives the input size that the model leaves open, unless another is asked for', async () => {
    const folder = await saveLayers(residualModel(null));
    sidecar('{"inputSize": {"height": 6, "width": 7}}', folder);
    const model = await openModel(folder, {});
    expect(model.input).toEqual({ height: 6, width: 7, channels: 3 });
    model.dispose();
    const other = await openModel(join(folder, 'model.json'), { inputSize: { height: 9, width: 9 } });
    expect(other.input).toEqual({ height: 9, width: 9, channels: 3 });
    other.dispose();
  });

  test('is read whole', async () => {
    const content = {
      preprocess: {
        preset: 'torch',
        resize: 'cover',
        crop: 0.875,
        channelOrder: 'rgb',
        mean: [0],
        scale: [1, 2, 3],
      },
      classes: ['a', 'b'],
      inputSize: { height: 2, width: 3 },
    };
    expect(await readSidecar(sidecar(JSON.stringify(content)))).toEqual(content);
  });

  test('is undefined where there is none', async () => {
    expect(await readSidecar(temporaryFolder())).toBeUndefined();
    expect(await readSidecar('pixels')).toBeUndefined();
  });

  test.each([
    ['{', /^model sidecar is not JSON: .*strata\.json/],
    [
      '{"preprocess": {"preset": "keras"}}',
      /strata\.json \(preprocess\.preset: .*"tf"\|"torch"\|"caffe"\|"raw"\)/,
    ],
    ['{"preproces": {}}', /strata\.json \(top level: .*preproces/],
    ['{"preprocess": {"crop": 2}}', /preprocess\.crop/],
    ['{"inputSize": {"height": 0, "width": 2}}', /inputSize\.height/],
  ])('%s is refused, naming the field', async (content, message) => {
    await expect(readSidecar(sidecar(content))).rejects.toThrow(message);
  });
});
