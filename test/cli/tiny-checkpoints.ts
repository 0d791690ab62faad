import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { savedLayers } from '../model/save-model.js';
import { residualModel } from '../model/tiny-models.js';

/**
 * Writes a tiny residual network with ten classes for glyphs into a folder, with weights drawn from a seed: a checkpoint
 * as any training would leave it.
 */
export async function writeCheckpoint(folder: string, seed: number): Promise<void> {
  const body = residualModel(24);
  const pooled = body.getLayer('pool').output as tf.SymbolicTensor;
  const head = tf.layers.dense({ name: 'head', units: 10, activation: 'softmax' });
  const model = tf.model({ inputs: body.inputs, outputs: head.apply(pooled) as tf.SymbolicTensor });
  model.setWeights(
    model.weights.map(({ shape, originalName }, at) =>
      originalName.includes('variance')
        ? tf.ones(shape as number[])
        : tf.randomNormal(shape as number[], 0, 0.3, 'float32', 100 * seed + at),
    ),
  );
  const { json, weights } = await savedLayers(model);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
  writeFileSync(join(folder, 'weights.bin'), weights);
  writeFileSync(join(folder, 'strata.json'), '{"preprocess": {"preset": "tf"}}');
}

/** Writes a network whose first convolution is called otherwise. */
export async function writeOtherNetwork(folder: string): Promise<void> {
  await writeCheckpoint(folder, 1);
  const { json } = await savedLayers(residualModel(24));
  const text = JSON.stringify(json).replaceAll('"stem"', '"root"').replaceAll('stem/', 'root/');
  const { weights } = await savedLayers(residualModel(24));
  writeFileSync(join(folder, 'model.json'), text);
  writeFileSync(join(folder, 'weights.bin'), weights);
}
