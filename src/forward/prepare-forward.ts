import { createCipheriv } from 'node:crypto';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import type { Backend } from '../backend/backend.js';
import type { NetworkBackend } from '../backend/onnx-runtime.js';
import { userCache } from '../backend/user-cache.js';
import { imageBytes } from '../decode/geometry.js';
import { messageOf, UserError } from '../errors.js';
import { canonicalJson, type Json, sha256Hex } from '../fingerprint.js';
import type { FrozenModel } from '../model/model.js';
import type { OnnxModel } from '../model/onnx/onnx-model.js';
import { requireImageAlone } from '../model/other-sources.js';
import { reductionName } from '../reduce/reduction.js';
import { type ComputeType, requireBfloat16 } from './bfloat16.js';
import { COMPILER_VERSION, compileGraph } from './compile.js';
import { CompiledForward } from './compiled-forward.js';
import { largestDeviation } from './deviation.js';
import { EagerForward } from './eager-forward.js';
import type { ForwardChoice, ForwardOptions, ForwardPass, Wanted } from './forward.js';
import { type GraphDef, graphDef } from './graph-def.js';
import { type GraphStore, graphStore } from './graph-store.js';
import { prepareOnnx } from './onnx/prepare-onnx.js';
import { traceGraph } from './trace.js';

/**
 * A compiled pass is used when it is as near to the eager one as this, relative to the largest feature of each column.
 * bfloat16 keeps 8 bits of each number; only what is plainly wrong is caught there.
 */
const MOST_DEVIATION: Readonly<Record<ComputeType, number>> = {
  float32: 1e-5,
  bfloat16: 0.2,
  'emulated-bfloat16': 0.2,
};

/** What a forward pass is prepared from; an ONNX model with onnxruntime as its backend. */
export interface NetworkRequest extends Omit<ForwardOptions, 'model'> {
  readonly model: FrozenModel | OnnxModel;
  readonly backend: NetworkBackend;
  readonly forward: ForwardChoice;
  /** All but float32 need a compiled pass. */
  readonly compute: ComputeType;
  /** Whether the classifier's probabilities will be wanted. */
  readonly classify: boolean;
  /** Whether features will be stored as float16. */
  readonly halves: boolean;
  /** Where compiled graphs are kept: the user's cache by default. */
  readonly store?: GraphStore;
}

/** What is prepared for a tensor library. */
export type ForwardRequest = NetworkRequest & { readonly model: FrozenModel; readonly backend: Backend };

/** A forward pass that can be opened. */
export interface PreparedForward {
  readonly kind: ForwardChoice;
  /** Why it is eager although it was asked to be compiled. */
  readonly reason?: string;
  /** What else there is to say of how it was made ready. */
  readonly notes?: readonly string[];
  open(): ForwardPass;
}

function everything({ columns, classify }: ForwardRequest): Wanted {
  return { columns: columns.map((_, place) => place), classify };
}

/** Pixels without any order, the same always: the key stream of a cipher. */
function noise(bytes: number): Uint8Array {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

/** Everything that the graph depends on. */
function graphKey(request: ForwardRequest): string {
  const { model, preprocess, columns, batch, seed, backend, classify, compute } = request;
  const identity = {
    compiler: COMPILER_VERSION,
    tensorflow: [backend.version, backend.kernels ?? ''],
    model: model.identity,
    preprocess: preprocess as unknown as Json,
    columns: columns.map(({ source, how }) => [source.name, reductionName(how)]),
    batch,
    seed,
    classify,
    compute,
  };
  return sha256Hex(canonicalJson(identity));
}

async function compile(request: ForwardRequest, eager: EagerForward, pixels: Uint8Array): Promise<GraphDef> {
  const image = eager.image(pixels);
  const outputs: tf.Tensor[] = [];
  try {
    const traced = await traceGraph(image, async (seen) => {
      const tensors = await eager.tensors(seen, everything(request));
      outputs.push(...Object.values(tensors));
      return tensors;
    });
    return graphDef(compileGraph(traced, { ...request, kernels: request.backend.kernels ?? 'eigen' }));
  } finally {
    tf.dispose([image, outputs]);
  }
}

/** So many images of a batch are compared where a graph comes from the store: it was compared whole when it was made. */
const FEW = 2;

/** A compiled pass that agrees with the eager one on some images. */
async function agreeing(request: ForwardRequest, graph: GraphDef, images: number): Promise<CompiledForward> {
  const { batch, preprocess, columns, compute, model } = request;
  const pixels = noise(batch * imageBytes(preprocess.geometry));
  const compared = model.batch === undefined ? Math.min(images, batch) : batch;
  const eager = new EagerForward({ ...request, batch: compared });
  const compiled = new CompiledForward({ ...request, graph });
  try {
    const wanted = everything(request);
    const expected = await eager.run(pixels.subarray(0, compared * imageBytes(preprocess.geometry)), wanted);
    const found = await compiled.run(pixels, wanted, { halves: false });
    for (const [place, values] of expected.features.entries()) {
      const same = found.features[place]!.subarray(0, values.length) as Float32Array;
      const deviation = largestDeviation(values as Float32Array, same);
      if (deviation <= MOST_DEVIATION[compute]) continue;
      const { name } = columns[place]!.source;
      throw new Error(`${name} differs by ${deviation.toExponential(1)} from its eager value`);
    }
    return compiled;
  } catch (error) {
    compiled.dispose();
    throw error;
  } finally {
    eager.dispose();
  }
}

/** A compiled pass, and what there is to say of the graph it runs. */
interface Checked {
  readonly graph: GraphDef;
  readonly pass: CompiledForward;
  readonly notes: readonly string[];
}

async function fromStore(
  request: ForwardRequest,
  store: GraphStore,
  key: string,
): Promise<Checked | undefined> {
  const graph = await store.read(key);
  if (graph === undefined) return undefined;
  try {
    return { graph, pass: await agreeing(request, graph, FEW), notes: [] };
  } catch {
    // Whatever is wrong with it, a new one takes its place.
    return undefined;
  }
}

async function made(request: ForwardRequest): Promise<Omit<Checked, 'notes'>> {
  const eager = new EagerForward(request);
  try {
    const graph = await compile(
      request,
      eager,
      noise(request.batch * imageBytes(request.preprocess.geometry)),
    );
    return { graph, pass: await agreeing(request, graph, request.batch) };
  } finally {
    eager.dispose();
  }
}

/** Keeps a graph for the next run; what is wrong with the folder is no reason to compute otherwise. */
async function keep(store: GraphStore, key: string, graph: GraphDef): Promise<readonly string[]> {
  try {
    await store.write(key, graph);
    return [];
  } catch (error) {
    return [`the compiled network is not kept for the next run: ${messageOf(error)}`];
  }
}

/** The compiled graph, from the store or made, compared with the eager run either way. */
async function checkedGraph(request: ForwardRequest): Promise<Checked> {
  const store = request.store ?? graphStore(join(userCache(), 'graphs'));
  const key = graphKey(request);
  const stored = await fromStore(request, store, key);
  if (stored !== undefined) return stored;
  const isDamaged = store.holds?.(key) ?? false;
  const { graph, pass } = await made(request);
  const kept = await keep(store, key, graph);
  const damage = "the compiled network in the user's cache was damaged, and is compiled anew";
  return { graph, pass, notes: [...(isDamaged ? [damage] : []), ...kept] };
}

/**
 * Decides how a network is run, and makes it ready: traces it, compiles the trace, compares the compiled graph with the
 * eager run on one batch, and falls back on the eager run where any of that fails, with the reason. A graph that is in
 * the store is compared on the first images of that batch, and made anew where it differs.
 *
 * @throws UserError for a column whose tap depends on more than the image.
 */
export async function prepareForward(request: NetworkRequest): Promise<PreparedForward> {
  const { model, columns, batch } = request;
  requireImageAlone(
    columns.map(({ source }) => source),
    batch,
  );
  if (model.format === 'onnx') return prepareOnnx({ ...request, model });
  return await prepareTensors({ ...request, model, backend: request.backend as Backend });
}

async function prepareTensors(request: ForwardRequest): Promise<PreparedForward> {
  const eager = (reason?: string): PreparedForward => ({
    kind: 'eager',
    ...(reason === undefined ? {} : { reason }),
    open: () => new EagerForward(request),
  });
  const { forward, compute, backend } = request;
  if (compute !== 'float32' && (forward === 'eager' || backend.name !== 'tensorflow'))
    throw new UserError(`${compute} needs a network that TensorFlow runs as one graph (--forward compiled)`);
  if (compute === 'bfloat16') await requireBfloat16(backend.kernels ?? 'eigen');
  if (forward === 'eager' || backend.name !== 'tensorflow') return eager();
  try {
    const { graph, pass, notes } = await checkedGraph(request);
    let first: CompiledForward | undefined = pass;
    const open = () => {
      const opened = first ?? new CompiledForward({ ...request, graph });
      first = undefined;
      return opened;
    };
    return { kind: 'compiled', notes, open };
  } catch (error) {
    const reason = messageOf(error).split('\n')[0];
    if (compute === 'float32') return eager(reason);
    throw new UserError(`the network cannot be compiled for ${compute}: ${reason}`, { cause: error });
  }
}
