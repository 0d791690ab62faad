import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { loadBackend } from '../../src/backend/backend.js';
import { openModel } from '../../src/model/open-model.js';
import { alternate, median, timed } from './alternate.js';
import { type Extracted, runStrata, secondsIn } from './run-strata.js';
import { digits, type Section, skipped } from './section.js';

const TITLE = 'Extraction: MobileNetV2 on imagenette, pooled merges';
const [MODEL, IMAGES] = ['../shared/models/mobilenet-v2', '../shared/data/imagenette'];
const [BATCH, LIMIT, WASM_LIMIT] = [32, 256, 32];

/** The bare forward pass: batches that are in memory already, and no taps. */
async function bareForward(samples: number): Promise<() => Promise<number>> {
  const model = await openModel(MODEL, {});
  const output = model.taps.at(-1)!;
  const batch = tf.randomUniform<tf.Rank.R4>([BATCH, 224, 224, 3], -1, 1) as tf.Tensor4D;
  const forward = () => model.run(batch, [output.name], (_, activation) => void activation.dataSync());
  await forward();
  return () =>
    timed(async () => {
      for (let done = 0; done < samples; done += BATCH) await forward();
    });
}

interface Pipeline {
  readonly cache: string;
  readonly limit: number;
  readonly backend: string;
  readonly onRun?: (run: Extracted) => void;
}

function pipeline({ cache, limit, backend, onRun }: Pipeline): () => Promise<number> {
  const source = ['--dataset', `folder:${IMAGES}`, '--carve', 'test=0', '--limit', String(limit)];
  const model = ['--model', MODEL, '--preprocess', 'tf', '--taps', 'merges', '--reduce', 'average-pool'];
  const how = ['--batch', String(BATCH), '--backend', backend, '--cache', cache];
  return async () => {
    await rm(cache, { recursive: true, force: true });
    const run = await runStrata<Extracted>(['extract', ...source, ...model, ...how]);
    if (run.samples !== 2 * limit) throw new Error(`${run.samples} images, not ${2 * limit}`);
    onRun?.(run);
    return run.seconds;
  };
}

/** The median seconds of each stage. */
function stagesOf(runs: readonly Extracted[]): string {
  const stages = runs[0]?.stages.map(({ stage }) => stage) ?? [];
  const secondsOf = (stage: string) => median(runs.map((run) => secondsIn(run, stage)));
  return stages.map((stage) => `${stage} ${digits(secondsOf(stage))}`).join(', ');
}

/** JPEG files through MobileNetV2 into shards, beside the forward pass alone. */
export async function benchBackbone(folder: string): Promise<Section> {
  if (!existsSync(MODEL) || !existsSync(IMAGES))
    return skipped(TITLE, `no ${existsSync(MODEL) ? IMAGES : MODEL}`);
  if ((await loadBackend('auto')).name !== 'tensorflow')
    return skipped(TITLE, 'the TensorFlow library is not installed');
  const cache = join(folder, 'mobilenet');
  const runs: Extracted[] = [];
  const seconds = await alternate({
    bare: await bareForward(2 * LIMIT),
    tensorflow: pipeline({ cache, limit: LIMIT, backend: 'tensorflow', onRun: (run) => runs.push(run) }),
    wasm: pipeline({ cache, limit: WASM_LIMIT, backend: 'wasm' }),
  });
  const bare = (2 * LIMIT) / seconds.bare;
  const row = (name: string, images: number, time: number) => [
    name,
    String(images),
    digits(time),
    digits(images / time),
    digits(images / time / bare),
  ];
  return {
    title: TITLE,
    header: ['', 'images', 'seconds', 'images/s', 'of bare'],
    rows: [
      row('bare forward pass, TensorFlow', 2 * LIMIT, seconds.bare),
      row('whole pipeline, TensorFlow', 2 * LIMIT, seconds.tensorflow),
      row('whole pipeline, WebAssembly', 2 * WASM_LIMIT, seconds.wasm),
    ],
    notes: [
      `Stages with TensorFlow, seconds: ${stagesOf(runs)}.`,
      'The bare pass is warm; the pipeline decodes, pools, scores and writes, and its first batch is cold.',
    ],
  };
}
