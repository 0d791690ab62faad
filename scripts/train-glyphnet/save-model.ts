import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import type { ModelSidecar } from '../../src/model/sidecar.js';

const SHARD = 'group1-shard1of1.bin';

/** Writes a model in the tfjs layers format with its `strata.json`; the same weights give the same bytes. */
export async function saveModel(model: tf.LayersModel, folder: string, sidecar: ModelSidecar): Promise<void> {
  await mkdir(folder, { recursive: true });
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    await writeArtifacts(folder, artifacts);
    // The epoch: the files hold no date, so that they are the same whenever they are written.
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  });
  await model.save(handler);
  await writeFile(join(folder, 'strata.json'), `${JSON.stringify(sidecar, null, 2)}\n`);
}

async function writeArtifacts(folder: string, artifacts: tf.io.ModelArtifacts): Promise<void> {
  const { modelTopology, weightSpecs = [], weightData } = artifacts;
  if (weightData === undefined) throw new Error('the model has no weights to save');
  const weightsManifest = [{ paths: [SHARD], weights: weightSpecs }];
  const model = {
    format: 'layers-model',
    generatedBy: 'strata',
    convertedBy: null,
    modelTopology,
    weightsManifest,
  };
  await writeFile(join(folder, 'model.json'), `${JSON.stringify(model)}\n`);
  await writeFile(join(folder, SHARD), Buffer.from(tf.io.CompositeArrayBuffer.join(weightData)));
}
