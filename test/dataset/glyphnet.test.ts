import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSplit } from '../../scripts/train-glyphnet/load-split.js';
import { errorOn } from '../../scripts/train-glyphnet/train.js';
import { loadBackend } from '../../src/backend/backend.js';
import { openDataset } from '../../src/dataset/open-dataset.js';

const WEIGHTS = 'group1-shard1of1.bin';
const SIZE = { size: 24, batch: 100 };

function modelFile(model: string, file: string): Buffer {
  return readFileSync(join('data', 'models', model, file));
}

async function loadModel(name: string): Promise<tf.LayersModel> {
  const { modelTopology, weightsManifest } = JSON.parse(modelFile(name, 'model.json').toString());
  const weightSpecs = weightsManifest[0].weights;
  const weightData = new Uint8Array(modelFile(name, WEIGHTS)).buffer;
  return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

async function testError(name: string): Promise<number> {
  const model = await loadModel(name);
  const error = errorOn(model, await loadSplit(await openDataset('glyphs'), 'test'), SIZE);
  model.dispose();
  return error;
}

describe('the embedded models', () => {
  beforeAll(async () => {
    await loadBackend();
  });

  it('errs on less than 5 % of the glyphs test split after training', async () => {
    const before = tf.memory().numTensors;
    expect(await testError('glyphnet')).toBeLessThan(0.05);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is no better than chance at the start of training', async () => {
    expect(await testError('glyphnet-start')).toBeGreaterThan(0.85);
  });

  it.each(['glyphnet', 'glyphnet-start'])(
    'names the classes and preprocessing of %s, within 1 MB',
    async (name) => {
      const dataset = await openDataset('glyphs');
      expect(JSON.parse(modelFile(name, 'strata.json').toString())).toEqual({
        preprocess: { preset: 'tf' },
        classes: dataset.labelSets[0]?.classes,
      });
      expect(statSync(join('data', 'models', name, WEIGHTS)).size).toBeLessThan(1_000_000);
      const layers = JSON.parse(modelFile(name, 'model.json').toString()).modelTopology.config.layers;
      const merges = layers.filter((layer: { class_name: string }) => layer.class_name === 'Add');
      expect(merges.map((layer: { config: { name: string } }) => layer.config.name)).toEqual([
        'add_1',
        'add_2',
        'add_3',
        'add_4',
        'add_5',
        'add_6',
      ]);
    },
  );
});
