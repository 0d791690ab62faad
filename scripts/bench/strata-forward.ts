import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { loadBackend } from '../../src/backend/backend.js';
import { type NetworkBackend, onnxBackend } from '../../src/backend/onnx-runtime.js';
import { chooseColumns } from '../../src/extract/columns.js';
import type { Wanted } from '../../src/forward/forward.js';
import { prepareForward } from '../../src/forward/prepare-forward.js';
import type { FrozenModel } from '../../src/model/model.js';
import type { OnnxModel } from '../../src/model/onnx/onnx-model.js';
import { openModel, openNetwork } from '../../src/model/open-model.js';
import { type PreprocessPreset, resolvePreprocess } from '../../src/model/preprocess.js';
import { readModelFile } from '../../src/model/read-model-file.js';
import { resolveTaps } from '../../src/model/resolve-taps.js';
import { PEER_DATA } from './peers.js';

/** A network of the benchmark. */
export interface Network {
  readonly name: string;
  readonly title: string;
  readonly preset: PreprocessPreset;
  /** Batches of one repetition. */
  readonly batches: number;
}

export const NETWORKS: readonly Network[] = [
  { name: 'resnet50', title: 'ResNet-50', preset: 'torch', batches: 4 },
  { name: 'mobilenet-v2', title: 'MobileNetV2', preset: 'tf', batches: 24 },
];

/** Keras's own ResNet-50 as a SavedModel: make_saved_model.py. */
export const SAVED_NETWORK: Network = {
  name: 'resnet50-saved-model',
  title: 'ResNet-50',
  preset: 'caffe',
  batches: 4,
};

export const BATCH = 32;
export const TAPS = ['inputs', 'merges'];

/** Computes one batch of pixels that is in memory already. */
export type ResidentPass = () => Promise<unknown>;

interface Opened {
  readonly backend: NetworkBackend;
  readonly model: FrozenModel | OnnxModel;
  readonly preset: PreprocessPreset;
  readonly compute: 'float32' | 'bfloat16';
}

async function residentPass({ backend, model, preset, compute }: Opened): Promise<ResidentPass> {
  const preprocess = resolvePreprocess({ model, declared: { preset } });
  const columns = chooseColumns(resolveTaps(TAPS, model.taps), ['average-pool']);
  const prepared = await prepareForward({
    ...{ backend, model, preprocess, columns, compute, batch: BATCH, seed: 0 },
    ...{ forward: 'compiled', classify: true, halves: false },
  });
  if (prepared.kind !== 'compiled') throw new Error(`not compiled: ${prepared.reason}`);
  const pass = prepared.open();
  const pixels = Uint8Array.from({ length: BATCH * 224 * 224 * 3 }, (_, at) => (at * 7919) & 255);
  const wanted: Wanted = { columns: columns.map((_, place) => place), classify: true };
  return () => pass.run(pixels, wanted);
}

/** Opens a network as `strata extract` does. */
export async function strataPass(
  { name, preset }: Network,
  compute: 'float32' | 'bfloat16',
): Promise<ResidentPass> {
  const backend = await loadBackend('tensorflow');
  const model = await openModel(join(PEER_DATA.models, name), {});
  return await residentPass({ backend, model, preset, compute });
}

/** Opens the ONNX file of a network as `strata extract` does. */
export async function onnxPass({ name, preset }: Network): Promise<ResidentPass> {
  const backend = await onnxBackend();
  const model = await openNetwork(join(PEER_DATA.models, `${name}.onnx`), {});
  return await residentPass({ backend, model, preset, compute: 'float32' });
}

/** What a tfjs user writes: a model whose outputs are the taps' averages and the predictions. */
export async function tfjsPass({ name }: Network): Promise<ResidentPass> {
  await loadBackend('tensorflow');
  const { handler } = await readModelFile(join(PEER_DATA.models, name));
  const model = await tf.loadLayersModel(handler);
  const merges = model.layers.filter((layer) => layer.getClassName() === 'Add');
  const pooled = [model.inputs[0]!, ...merges.map(({ output }) => output as tf.SymbolicTensor)].map(
    (output) => tf.layers.globalAveragePooling2d({} as never).apply(output) as tf.SymbolicTensor,
  );
  const tapped = tf.model({ inputs: model.inputs, outputs: [...pooled, ...model.outputs] });
  const images = tf.randomUniform<tf.Rank.R4>([BATCH, 224, 224, 3], -1, 1);
  return async () => {
    const outputs = tapped.predictOnBatch(images) as tf.Tensor[];
    for (const output of outputs) output.dataSync();
    tf.dispose(outputs);
  };
}
