/**
 * Trains the embedded model on the glyphs data set and saves it at the start and at the end of training. The same
 * machine gives the same bytes every time; another may differ in the last bits of its sums.
 *
 *     npx tsx scripts/train-glyphnet.ts [FOLDER]      (data/models unless given)
 */
import { join } from 'node:path';
import { loadBackend } from '../src/backend/backend.js';
import { openDataset } from '../src/dataset/open-dataset.js';
import type { ModelSidecar } from '../src/model/sidecar.js';
import { FusedBatchNorm } from './train-glyphnet/fused-batch-norm.js';
import { buildGlyphnet, GLYPHNET } from './train-glyphnet/glyphnet.js';
import { loadSplit } from './train-glyphnet/load-split.js';
import { saveModel } from './train-glyphnet/save-model.js';
import { type EpochRecord, errorOn, type Schedule, train } from './train-glyphnet/train.js';

const folder = process.argv[2] ?? join('data', 'models');
const { seed, size, classes } = GLYPHNET;
const schedule: Schedule = { epochs: 10, batch: 64, rate: 0.004, seed, size, classes };

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}

function report({ epoch, trainLoss, validError, seconds }: EpochRecord): void {
  const loss = trainLoss.toFixed(4);
  console.log(
    `epoch ${epoch}: train loss ${loss}, valid error ${percent(validError)}, ${seconds.toFixed(1)} s`,
  );
}

// The kernels that training uses are TensorFlow's own: the WebAssembly backend does not have them.
const backend = await loadBackend('tensorflow');
const dataset = await openDataset('glyphs');
const sidecar: ModelSidecar = {
  preprocess: { preset: 'tf' },
  classes: [...(dataset.labelSets[0]?.classes ?? [])],
};

const model = buildGlyphnet(GLYPHNET);
console.log(`training ${model.countParams()} parameters with ${backend.name} ${backend.version}`);
await saveModel(model, join(folder, 'glyphnet-start'), sidecar);

const trained = buildGlyphnet(GLYPHNET, (name) => new FusedBatchNorm({ name }));
const splits = { train: await loadSplit(dataset, 'train'), valid: await loadSplit(dataset, 'valid') };
await train(trained, splits, { schedule, report });
model.setWeights(trained.getWeights());

console.log(`test error ${percent(errorOn(model, await loadSplit(dataset, 'test'), schedule))}`);
await saveModel(model, join(folder, 'glyphnet'), sidecar);
