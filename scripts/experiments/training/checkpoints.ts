import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { loadBackend } from '../../../src/backend/backend.js';
import { UserError } from '../../../src/errors.js';
import type { ModelSidecar } from '../../../src/model/sidecar.js';
import { replaceText } from '../../../src/report/replace-file.js';
import { saveModel } from '../../train-glyphnet/save-model.js';
import { type BuildNetwork, SAVED_PARTS, TRAINED_PARTS } from '../networks/network.js';
import type { MinibatchSource } from './minibatches.js';
import { type Schedule, trainNetwork } from './train-network.js';

/** A training whose checkpoints are kept. */
export interface TrainingJob {
  /** The folder of the checkpoints: `step-000000` and so on in it. */
  readonly folder: string;
  readonly seed: number;
  readonly build: BuildNetwork;
  readonly schedule: Schedule;
  readonly sidecar: ModelSidecar;
  /** Opens the data; not called where the training is done already. */
  readonly source: () => Promise<MinibatchSource>;
  readonly say: (line: string) => void;
}

/** Written last into the folder of a training: what it was, and how the loss of the main head fell. */
const TRAINING_FILE = 'training.json';

const recordSchema = z.object({
  seed: z.int(),
  schedule: z.custom<Schedule>((value) => typeof value === 'object'),
  losses: z.array(z.object({ step: z.int(), loss: z.number() })),
});

/** `step-000100`: a checkpoint's folder, in order also when sorted as text. */
export function stepFolder(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

/**
 * Trains a network and keeps its weights at the schedule's checkpoints, each a folder that `strata extract --model`
 * takes. A training that is done is not done again; one that was cut short is done anew, to the same weights.
 *
 * @returns whether it trained.
 * @throws UserError when the folder holds a training by another schedule.
 */
export async function trainOnce(job: TrainingJob): Promise<boolean> {
  const { folder, seed, schedule, say } = job;
  const file = join(folder, TRAINING_FILE);
  if (existsSync(file)) {
    requireSame(folder, recordSchema.parse(JSON.parse(await readFile(file, 'utf8'))), job);
    return false;
  }
  // The kernels that training uses are TensorFlow's own: the WebAssembly backend does not have them.
  await loadBackend('tensorflow');
  const source = await job.source();
  const [saved, trained] = [job.build(seed, SAVED_PARTS), job.build(seed, TRAINED_PARTS)];
  say(
    `training ${saved.model.name}, seed ${seed}: ${saved.model.countParams()} weights, ${schedule.steps} steps`,
  );
  const losses = await trainNetwork(trained, {
    ...{ schedule, source, seed },
    onLoss: ({ step, loss }) => {
      if (step % SAY_EVERY === 0) say(`step ${step} of ${schedule.steps}: loss ${loss.toFixed(4)}`);
    },
    onCheckpoint: async (step) => {
      saved.model.setWeights(trained.model.getWeights());
      await saveModel(saved.model, join(folder, stepFolder(step)), job.sidecar);
    },
  });
  saved.model.dispose();
  trained.model.dispose();
  await replaceText(file, `${JSON.stringify({ seed, schedule, losses }, null, 2)}\n`);
  return true;
}

const SAY_EVERY = 250;

function requireSame(
  folder: string,
  done: z.infer<typeof recordSchema>,
  { seed, schedule }: TrainingJob,
): void {
  // Through JSON, which drops what is undefined.
  const wanted: unknown = JSON.parse(JSON.stringify({ seed, schedule }));
  if (isDeepStrictEqual({ seed: done.seed, schedule: done.schedule }, wanted)) return;
  throw new UserError(
    `networks trained by another schedule: ${folder} (remove the experiment's folder to train them again)`,
  );
}
