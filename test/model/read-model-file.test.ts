import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { UserError } from '../../src/errors.js';
import { openModel } from '../../src/model/open-model.js';
import { readModelFile } from '../../src/model/read-model-file.js';
import { quantised, type SavedModel, savedLayers, temporaryFolder, writeModel } from './save-model.js';
import { noiseImages, residualModel } from './tiny-models.js';

beforeAll(async () => {
  await loadBackend();
});

async function refused(path: string): Promise<string> {
  const before = tf.memory().numTensors;
  const error: unknown = await openModel(path, {}).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(tf.memory().numTensors).toBe(before);
  return (error as UserError).message;
}

async function damaged(change: (saved: SavedModel) => void): Promise<string> {
  const saved = await savedLayers(residualModel());
  change(saved);
  return writeModel(saved);
}

interface KerasLayer {
  class_name: string;
  config: Record<string, unknown>;
}

function layersOf({ json }: SavedModel): KerasLayer[] {
  return (json.modelTopology as { config: { layers: KerasLayer[] } }).config.layers;
}

describe('a broken model is refused in one line', () => {
  test('where there is none', async () => {
    const folder = join(temporaryFolder(), 'nowhere');
    expect(await refused(folder)).toBe(
      `model not found: ${folder}/model.json (a model is a folder with model.json or saved_model.pb in it)`,
    );
  });

  test('where model.json is a folder', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'model.json'));
    expect(await refused(folder)).toBe(`model cannot be read (EISDIR): ${folder}/model.json`);
  });

  test('where model.json is not JSON', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'model.json'), '{"modelTopology": ');
    expect(await refused(folder)).toMatch(/^model file is not JSON: .*model\.json \(/);
  });

  test('where model.json is some other JSON', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'model.json'), '{"name": "x"}');
    expect(await refused(folder)).toMatch(
      /^model file is not a tfjs model\.json: .*model\.json \(modelTopology: /,
    );
  });

  test('where it is neither format', async () => {
    const folder = await damaged(({ json }) => {
      json.format = 'onnx';
      json.modelTopology = { nodes: [] };
    });
    expect(await refused(folder)).toMatch(
      /neither a tfjs layers model nor a graph model: .* \(format: onnx\)$/,
    );
  });

  test('where a weight file is missing', async () => {
    const folder = await damaged(() => undefined);
    rmSync(join(folder, 'weights.bin'));
    expect(await refused(folder)).toBe(`weight file not found: ${folder}/weights.bin`);
  });

  test('where a weight file is cut or too long, with both lengths', async () => {
    const folder = await damaged(() => undefined);
    const { weights } = await savedLayers(residualModel());
    truncateSync(join(folder, 'weights.bin'), 100);
    expect(await refused(folder)).toBe(
      `weight files have the wrong length: 100 bytes in ${folder}/weights.bin (model.json expects ${weights.length}: was the copy cut short?)`,
    );
    writeFileSync(join(folder, 'weights.bin'), Buffer.concat([weights, Buffer.of(1)]));
    expect(await refused(folder)).toContain(`${weights.length + 1} bytes`);
  });

  test('where a weight file lies outside the folder', async () => {
    for (const path of ['../weights.bin', '/etc/hostname']) {
      const folder = await damaged(({ json }) => {
        json.weightsManifest[0]!.paths = [path];
      });
      expect(await refused(folder)).toContain(`weight file lies outside the model's folder: ${path}`);
    }
  });

  test('where model.json promises more bytes than memory could hold', async () => {
    const folder = await damaged(({ json }) => {
      json.weightsManifest[0]!.weights[0]!.shape = [100_000, 100_000];
    });
    expect(await refused(folder)).toMatch(/^model has too many weights: 4\d{10} bytes/);
  });

  test('where it was saved by Keras 3, saying how to export it', async () => {
    const folder = await damaged((saved) => {
      const { config } = layersOf(saved)[0]!;
      config.batch_shape = config.batch_input_shape;
      delete config.batch_input_shape;
    });
    expect(await refused(folder)).toMatch(/saved by Keras 3.*TF_USE_LEGACY_KERAS=1/);
  });

  test('where a layer is unknown', async () => {
    const folder = await damaged((saved) => {
      layersOf(saved)[1]!.class_name = 'Lambda';
    });
    expect(await refused(folder)).toMatch(/^model has a layer that tfjs does not know: Lambda \(/);
  });

  test('where a weight has the wrong name', async () => {
    const folder = await damaged(({ json }) => {
      json.weightsManifest[0]!.weights[0]!.name = 'stem/colonel';
    });
    // tfjs itself leaves the weights it has made behind here, so tensors are not counted.
    await expect(openModel(folder, {})).rejects.toThrow(/^model cannot be loaded: .*model\.json \(/);
  });

  test('where the input is no image', async () => {
    const dense = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [128], name: 'dense' })],
    });
    expect(await refused(writeModel(await savedLayers(dense)))).toBe(
      'model input is not an image: dense_input (?, 128) (expected: batch, height, width, 1 or 3 channels)',
    );
  });

  test('where there are two inputs', async () => {
    const inputs = ['left', 'right'].map((name) => tf.input({ shape: [4, 4, 3], name }));
    const sum = tf.layers.add().apply(inputs) as tf.SymbolicTensor;
    expect(await refused(writeModel(await savedLayers(tf.model({ inputs, outputs: sum }))))).toBe(
      'model needs one image as its input, and has 2: left, right',
    );
  });

  test('where another size is asked for than the model takes', async () => {
    const folder = await damaged(() => undefined);
    await expect(openModel(folder, { inputSize: { height: 9, width: 9 } })).rejects.toThrow(
      'model input size is fixed: 9x9 was asked for, the model takes 8x8',
    );
  });
});

describe('quantised weights', () => {
  test.each([
    ['float16', 5e-3],
    ['uint16', 1e-3],
    ['uint8', 0.1],
  ] as const)('in %s compute nearly the same', async (dtype, tolerance) => {
    const saved = await savedLayers(residualModel());
    const images = noiseImages([2, 8, 8, 3]);
    const pooled: Float32Array[] = [];
    for (const variant of [saved, quantised(saved, dtype)]) {
      const model = await openModel(writeModel(variant), {});
      await model.run(images, ['pool'], (_tap, activation) => {
        pooled.push(activation.dataSync() as Float32Array);
      });
      model.dispose();
    }
    const [exact, rough] = pooled;
    expect(rough).not.toEqual(exact);
    for (const [at, value] of exact!.entries()) expect(Math.abs(rough![at]! - value)).toBeLessThan(tolerance);
    images.dispose();
  });
});

describe('the identity', () => {
  test('depends on topology and weights alone, not on key order, notes, training state or file names', async () => {
    const saved = await savedLayers(residualModel());
    const same: SavedModel = {
      json: {
        weightsManifest: saved.json.weightsManifest,
        modelTopology: {
          ...Object.fromEntries(Object.entries(saved.json.modelTopology).reverse()),
          training_config: { loss: 'mse' },
        },
        generatedBy: 'someone else',
        format: 'layers-model',
      },
      weights: saved.weights,
    };
    const [one, two] = [await readModelFile(writeModel(saved)), await readModelFile(writeModel(same))];
    expect([two.topologySha256, two.weightsSha256]).toEqual([one.topologySha256, one.weightsSha256]);
  });

  test('changes with one weight, and with one field of the topology', async () => {
    const saved = await savedLayers(residualModel());
    const original = await readModelFile(writeModel(saved));
    const weights = Uint8Array.from(saved.weights);
    weights[0]! ^= 1;
    const otherWeights = await readModelFile(writeModel({ ...saved, weights }));
    expect(otherWeights.weightsSha256).not.toBe(original.weightsSha256);
    expect(otherWeights.topologySha256).toBe(original.topologySha256);
    layersOf(saved)[1]!.config.padding = 'valid';
    const otherTopology = await readModelFile(writeModel(saved));
    expect(otherTopology.topologySha256).not.toBe(original.topologySha256);
    expect(otherTopology.weightsSha256).toBe(original.weightsSha256);
  });
});
