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

/** Runs both passes on the same pixels. Returns what is wrong with the compiled one. */
async function disagreement(request: ForwardRequest, graph: GraphDef, pixels: Uint8Array) {
  const eager = new EagerForward(request);
  const compiled = new CompiledForward({ ...request, graph, halves: false });
  try {
    const wanted = everything(request);
    const [expected, found] = [await eager.run(pixels, wanted), await compiled.run(pixels, wanted)];
    for (const [place, values] of expected.features.entries()) {
      const deviation = largestDeviation(values as Float32Array, found.features[place] as Float32Array);
      if (deviation <= MOST_DEVIATION[request.compute]) continue;
      return `${request.columns[place]!.source.name} differs by ${deviation.toExponential(1)} from its eager value`;
    }
    return undefined;
  } finally {
    eager.dispose();
    compiled.dispose();
  }
}

/** The compiled graph, from the store or made, checked and stored. */
async function checkedGraph(request: ForwardRequest): Promise<GraphDef> {
  const store = request.store ?? graphStore(join(userCache(), 'graphs'));
  const key = graphKey(request);
  const stored = await store.read(key);
  if (stored !== undefined) return stored;
  const pixels = noise(request.batch * imageBytes(request.preprocess.geometry));
  const eager = new EagerForward(request);
  try {
    const graph = await compile(request, eager, pixels);
    const problem = await disagreement(request, graph, pixels);
    if (problem !== undefined) throw new Error(problem);
    await store.write(key, graph);
    return graph;
  } finally {
    eager.dispose();
  }
}

/**
 * Decides how a network is run, and makes it ready: traces it, compiles the trace, compares the compiled graph with the
 * eager run on one batch, and falls back on the eager run where any of that fails, with the reason. A graph that is in
 * the store has passed the comparison and is used as it is.
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
    const graph = await checkedGraph(request);
    return { kind: 'compiled', open: () => new CompiledForward({ ...request, graph }) };
  } catch (error) {
    const reason = messageOf(error).split('\n')[0];
    if (compute === 'float32') return eager(reason);
    throw new UserError(`the network cannot be compiled for ${compute}: ${reason}`, { cause: error });
  }
}
