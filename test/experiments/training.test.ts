import { readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { kernelChanges } from '../../scripts/experiments/kernel-change.js';
import { buildDeepMlp } from '../../scripts/experiments/networks/deep-mlp.js';
import type { BuildNetwork } from '../../scripts/experiments/networks/network.js';
import { stepFolder, type TrainingJob, trainOnce } from '../../scripts/experiments/training/checkpoints.js';
import {
  type MinibatchSource,
  minibatches,
  scaledBy,
} from '../../scripts/experiments/training/minibatches.js';
import { rateAt, type Schedule } from '../../scripts/experiments/training/train-network.js';
import { loadBackend } from '../../src/backend/backend.js';
import { UserError } from '../../src/errors.js';
import { openModel } from '../../src/model/open-model.js';
import { readSidecar } from '../../src/model/sidecar.js';
import { temporaryFolder } from '../dataset/temporary-folder.js';

const tensorflow = await loadBackend().then(({ name }) => name === 'tensorflow');

const SAMPLES = 48;

/** Images whose brightness tells their class. */
function source(): MinibatchSource {
  const labels = Int32Array.from({ length: SAMPLES }, (_, at) => at % 10);
  const pixels = Uint8Array.from(
    { length: SAMPLES * 784 },
    (_, at) => 25 * (labels[Math.floor(at / 784)] ?? 0),
  );
  return {
    samples: { samples: SAMPLES, pixels, labels },
    shape: [28, 28, 1],
    classes: 10,
    writeImage: scaledBy(127.5, 1 / 127.5),
  };
}

const SCHEDULE: Schedule = {
  optimiser: { kind: 'momentum', momentum: 0.9 },
  batch: 16,
  steps: 6,
  rate: 0.02,
  lastRate: 0.01,
  headWeights: [1],
  checkpoints: [0, 2, 6],
};

const build: BuildNetwork = (seed, parts) =>
  buildDeepMlp(seed, parts, { layers: 2, units: 8, skip: 'with-skip', gain: 2 });

function job(folder: string, changes: Partial<TrainingJob> = {}): TrainingJob {
  return {
    folder,
    seed: 1,
    build,
    schedule: SCHEDULE,
    sidecar: { preprocess: { mean: [127.5], scale: [1 / 127.5] }, classes: ['0', '1'] },
    source: async () => source(),
    say: () => undefined,
    ...changes,
  };
}

function weightsIn(folder: string, step: number): Buffer {
  return readFileSync(join(folder, stepFolder(step), 'group1-shard1of1.bin'));
}

describe.skipIf(!tensorflow)('trainOnce', () => {
  it('keeps a model folder for each checkpoint, which strata opens', async () => {
    const folder = temporaryFolder();
    expect(await trainOnce(job(folder))).toBe(true);
    expect((await readdir(folder)).sort()).toEqual([
      'step-000000',
      'step-000002',
      'step-000006',
      'training.json',
    ]);
    const model = await openModel(join(folder, 'step-000002'), {});
    expect(model.taps.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['input', 'image', 'layer_001', 'skip', 'layer_002', 'logits', 'predictions']),
    );
    expect(model.classifier).toEqual({ tap: 'predictions', outputs: 10 });
    model.dispose();
    expect(await readSidecar(join(folder, 'step-000002'))).toEqual(job(folder).sidecar);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const folders = [temporaryFolder(), temporaryFolder(), temporaryFolder()] as const;
    for (const [at, folder] of folders.entries()) await trainOnce(job(folder, { seed: at === 2 ? 2 : 1 }));
    for (const step of SCHEDULE.checkpoints) {
      expect(weightsIn(folders[1], step).equals(weightsIn(folders[0], step))).toBe(true);
      expect(weightsIn(folders[2], step).equals(weightsIn(folders[0], step))).toBe(false);
    }
  });

  it('has the first weights at step 0 and moves on from there', async () => {
    const folder = temporaryFolder();
    await trainOnce(job(folder));
    const at = (step: number) => join(folder, stepFolder(step));
    for (const { change } of await kernelChanges(at(0), at(0))) expect(change).toBe(0);
    const [early, late] = [await kernelChanges(at(0), at(2)), await kernelChanges(at(0), at(6))];
    expect(early.map(({ layer }) => layer)).toEqual(['layer_001', 'layer_002', 'logits']);
    for (const [place, { change }] of late.entries()) expect(change).toBeGreaterThan(early[place]!.change);
  });

  it('does not train again what is there, and trains anew what was cut short', async () => {
    const folder = temporaryFolder();
    await trainOnce(job(folder));
    const refused = async () => {
      throw new Error('the data were opened');
    };
    expect(await trainOnce(job(folder, { source: refused }))).toBe(false);
    const cut = temporaryFolder({ 'step-000000/model.json': '{}' });
    expect(await trainOnce(job(cut))).toBe(true);
    expect(weightsIn(cut, 0).equals(weightsIn(folder, 0))).toBe(true);
  });

  it('refuses a folder that holds a training by another schedule', async () => {
    const folder = temporaryFolder();
    await trainOnce(job(folder));
    const other = job(folder, { schedule: { ...SCHEDULE, rate: 0.03 } });
    await expect(trainOnce(other)).rejects.toThrow(UserError);
    writeFileSync(join(folder, 'training.json'), '{"seed": 2, "schedule": {}, "losses": []}');
    await expect(trainOnce(job(folder))).rejects.toThrow('remove');
  });

  it('leaves no tensors behind', async () => {
    await trainOnce(job(temporaryFolder()));
    const before = tf.memory().numTensors;
    await trainOnce(job(temporaryFolder()));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('minibatches', () => {
  it('go through all samples once in an epoch, in an order of its own', () => {
    const batches = minibatches(source(), 5, 16);
    const epochs = [0, 1].map(() =>
      Array.from({ length: 3 }, () => {
        const { images, targets } = batches.next().value;
        const classes = Array.from(targets.argMax(1).dataSync());
        tf.dispose([images, targets]);
        return classes;
      }).flat(),
    );
    const counts = (classes: readonly number[]) => classes.toSorted((a, b) => a - b);
    expect(counts(epochs[0]!)).toEqual(counts(Array.from(source().samples.labels)));
    expect(counts(epochs[1]!)).toEqual(counts(epochs[0]!));
    expect(epochs[1]).not.toEqual(epochs[0]);
  });

  it('hold images with their own labels, scaled', () => {
    const { images, targets } = minibatches(source(), 5, 16).next().value;
    const labels = targets.argMax(1).dataSync();
    const first = images.slice([0, 0, 0, 0], [16, 1, 1, 1]).dataSync();
    for (const [at, label] of labels.entries())
      expect(first[at]).toBeCloseTo((25 * label - 127.5) / 127.5, 5);
  });

  it('are refused where a batch is more than all samples', () => {
    expect(() => minibatches(source(), 5, SAMPLES + 1).next()).toThrow('batch of 49 from 48');
  });
});

describe('the learning rate', () => {
  it('falls in a line from the first step to the last', () => {
    const schedule = { ...SCHEDULE, steps: 5, rate: 1, lastRate: 0.2 };
    expect([1, 2, 3, 4, 5].map((step) => rateAt(step, schedule).toFixed(2))).toEqual([
      '1.00',
      '0.80',
      '0.60',
      '0.40',
      '0.20',
    ]);
    expect(rateAt(1, { ...schedule, steps: 1 })).toBe(1);
  });
});
