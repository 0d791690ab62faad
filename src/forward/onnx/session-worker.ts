// onnxruntime-node computes on the thread that calls it. Here that is a thread of its own, so that images are decoded
// and shards written meanwhile. It imports little, so that it is there soon.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { PIXELS, type TapModel } from './tap-model.js';

/** What the worker is told: to open a model, to run it on a batch of pixels, or to time the ops of such a run. */
export type WorkerRequest =
  | {
      readonly kind: 'open';
      readonly model: TapModel;
      readonly options: ort.InferenceSession.SessionOptions;
      /** (batch, height, width, channels). */
      readonly shape: readonly number[];
    }
  | { readonly kind: 'run'; readonly pixels: Uint8Array }
  | { readonly kind: 'profile'; readonly pixels: Uint8Array };

/** What it answers to each: nothing; the arrays of the model's outputs, in their order; what the runtime says of its ops' times. Or what went wrong. */
export type WorkerAnswer =
  | { readonly kind: 'open' }
  | { readonly kind: 'run'; readonly arrays: readonly (Float32Array | Uint16Array)[] }
  | { readonly kind: 'profile'; readonly json: string }
  | { readonly kind: 'failed'; readonly message: string };

let opened:
  | (Extract<WorkerRequest, { kind: 'open' }> & { readonly session: ort.InferenceSession })
  | undefined;

async function open(request: Extract<WorkerRequest, { kind: 'open' }>): Promise<WorkerAnswer> {
  await opened?.session.release();
  opened = { ...request, session: await ort.InferenceSession.create(request.model.bytes, request.options) };
  return { kind: 'open' };
}

function feeds(pixels: Uint8Array) {
  return { [PIXELS]: new ort.Tensor('uint8', pixels, opened!.shape) };
}

/** Each array is made here and written by the runtime, so that it can be handed over without a copy. */
async function run(pixels: Uint8Array): Promise<WorkerAnswer> {
  const { session, model, shape } = opened!;
  const [batch = 1] = shape;
  const arrays = model.outputs.map(({ type, features }) =>
    type === 'float16' ? new Uint16Array(batch * features) : new Float32Array(batch * features),
  );
  const fetches = model.outputs.map(({ name, type, features }, at) => {
    const tensor = new ort.Tensor(type, arrays[at] as Float32Array, [batch, features]);
    return [name, tensor] as const;
  });
  await session.run(feeds(pixels), Object.fromEntries(fetches));
  return { kind: 'run', arrays };
}

/** The runtime times ops in a session that was opened for it, and writes what it finds to a file. */
async function profile(pixels: Uint8Array): Promise<WorkerAnswer> {
  const { model, options } = opened!;
  const folder = await mkdtemp(join(tmpdir(), 'strata-profile-'));
  try {
    const timed = { ...options, enableProfiling: true, profileFilePrefix: join(folder, 'ops') };
    const session = await ort.InferenceSession.create(model.bytes, timed);
    // The first run is not yet what later ones are.
    for (let run = 0; run < 2; run++) await session.run(feeds(pixels));
    session.endProfiling();
    await session.release();
    const [file = ''] = await readdir(folder);
    return { kind: 'profile', json: await readFile(join(folder, file), 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  try {
    if (request.kind === 'open') return await open(request);
    return await (request.kind === 'run' ? run : profile)(request.pixels);
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', async (request: WorkerRequest) => {
  const answered = await answer(request);
  const arrays = answered.kind === 'run' ? answered.arrays : [];
  parentPort?.postMessage(
    answered,
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );
});
