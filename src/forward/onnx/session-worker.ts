// onnxruntime-node computes on the thread that calls it. Here that is a thread of its own, so that images are decoded
// and shards written meanwhile.
import { parentPort } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { PIXELS, type TapModel } from './tap-graph.js';

/** What the worker is told: to open a model, or to run it on a batch of pixels. */
export type WorkerRequest =
  | {
      readonly kind: 'open';
      readonly model: TapModel;
      readonly options: ort.InferenceSession.SessionOptions;
      /** (batch, height, width, channels). */
      readonly shape: readonly number[];
    }
  | { readonly kind: 'run'; readonly pixels: Uint8Array };

/** What it answers: the arrays of the model's outputs, in their order, none after opening; or what went wrong. */
export type WorkerAnswer =
  | { readonly kind: 'done'; readonly arrays: readonly (Float32Array | Uint16Array)[] }
  | { readonly kind: 'failed'; readonly message: string };

let opened:
  | (Extract<WorkerRequest, { kind: 'open' }> & { readonly session: ort.InferenceSession })
  | undefined;

async function open(request: Extract<WorkerRequest, { kind: 'open' }>): Promise<void> {
  await opened?.session.release();
  opened = { ...request, session: await ort.InferenceSession.create(request.model.bytes, request.options) };
}

/** Each array is made here and written by the runtime, so that it can be handed over without a copy. */
async function run(pixels: Uint8Array): Promise<(Float32Array | Uint16Array)[]> {
  const { session, model, shape } = opened!;
  const [batch = 1] = shape;
  const arrays = model.outputs.map(({ type, features }) =>
    type === 'float16' ? new Uint16Array(batch * features) : new Float32Array(batch * features),
  );
  const fetches = model.outputs.map(({ name, type, features }, at) => {
    const tensor = new ort.Tensor(type, arrays[at] as Float32Array, [batch, features]);
    return [name, tensor] as const;
  });
  await session.run({ [PIXELS]: new ort.Tensor('uint8', pixels, shape) }, Object.fromEntries(fetches));
  return arrays;
}

parentPort?.on('message', async (request: WorkerRequest) => {
  try {
    const arrays = request.kind === 'open' ? [] : await run(request.pixels);
    if (request.kind === 'open') await open(request);
    const answer: WorkerAnswer = { kind: 'done', arrays };
    parentPort?.postMessage(
      answer,
      arrays.map(({ buffer }) => buffer as ArrayBuffer),
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ kind: 'failed', message } satisfies WorkerAnswer);
  }
});
