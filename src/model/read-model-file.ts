import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.js';
import { canonicalJson, type Json, sha256Hex } from '../fingerprint.js';

/** No model.json is longer than this: 256 MiB. */
const MAX_JSON_BYTES = 2 ** 28;
/** No model has more weight bytes than one buffer of Node can hold: 4 GiB. */
const MAX_WEIGHT_BYTES = 2 ** 32;

const weightSpec = z.looseObject({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.enum(['float32', 'int32', 'bool', 'complex64', 'string']),
  quantization: z
    .looseObject({
      dtype: z.enum(['float16', 'uint8', 'uint16']),
      scale: z.number().optional(),
      min: z.number().optional(),
    })
    .optional(),
});

const modelJson = z.looseObject({
  modelTopology: z.record(z.string(), z.unknown()),
  format: z.string().optional(),
  signature: z.unknown().optional(),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(weightSpec) })),
});

type ModelJson = z.infer<typeof modelJson>;
type WeightSpec = z.infer<typeof weightSpec>;
type WeightGroup = ModelJson['weightsManifest'][number];

/** A tfjs model as it lies on disk: read and checked, not yet built. */
export interface ModelFile {
  readonly format: 'layers' | 'graph';
  /** The path of model.json. */
  readonly path: string;
  /** The name of its folder. */
  readonly name: string;
  /** Loads the same model again and again: no file is read any more. */
  readonly handler: tf.io.IOHandler;
  readonly topologySha256: string;
  readonly weightsSha256: string;
}

const BYTES_PER_VALUE = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
  string: Number.NaN,
} as const;

function weightBytes({ shape, dtype, quantization }: WeightSpec): number {
  return shape.reduce((product, length) => product * length, BYTES_PER_VALUE[quantization?.dtype ?? dtype]);
}

/** Throws a UserError that names the file when reading it fails. */
async function readBytes(path: string, what: string, limit: number): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > limit)
      throw new UserError(`${what} is too long: ${path} has ${size} bytes (at most ${limit})`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT')
      throw new UserError(`${what} cannot be read (${code ?? messageOf(error)}): ${path}`, { cause: error });
    const right = what === 'model' ? ' (a model is a folder with model.json or saved_model.pb in it)' : '';
    throw new UserError(`${what} not found: ${path}${right}`, { cause: error });
  }
}

function refuseKeras3(topology: Record<string, unknown>, path: string): void {
  const text = JSON.stringify(topology);
  if (!text.includes('"batch_shape"') && !/"keras_version":"3/.test(text)) return;
  throw new UserError(
    `model was saved by Keras 3, which tfjs cannot read: ${path} (save it with tf_keras, Keras 2, instead: ` +
      'set TF_USE_LEGACY_KERAS=1, load and save the model, and convert it again)',
  );
}

function formatOf({ format, modelTopology }: ModelJson, path: string): 'layers' | 'graph' {
  if (format === 'graph-model' || Array.isArray(modelTopology.node)) return 'graph';
  if (format === 'layers-model' || 'model_config' in modelTopology || 'class_name' in modelTopology)
    return 'layers';
  throw new UserError(`model is neither a tfjs layers model nor a graph model: ${path} (format: ${format})`);
}

function parseModelJson(bytes: Buffer, path: string): ModelJson {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new UserError(`model file is not JSON: ${path} (${messageOf(error)})`, { cause: error });
  }
  const parsed = modelJson.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    `model file is not a tfjs model.json: ${path} (${issue?.path.join('.') || 'top level'}: ${issue?.message})`,
  );
}

function weightPath(folder: string, path: string): string {
  const full = resolve(folder, path);
  if (relative(folder, full).startsWith('..') || resolve(path) === path)
    throw new UserError(`weight file lies outside the model's folder: ${path} (${folder})`);
  return full;
}

async function readGroup(folder: string, { paths, weights }: WeightGroup): Promise<Buffer> {
  const expected = weights.reduce((sum, spec) => sum + weightBytes(spec), 0);
  if (expected > MAX_WEIGHT_BYTES)
    throw new UserError(
      `model has too many weights: ${expected} bytes in ${folder} (at most ${MAX_WEIGHT_BYTES})`,
    );
  const files: Buffer[] = [];
  for (const path of paths)
    files.push(await readBytes(weightPath(folder, path), 'weight file', MAX_WEIGHT_BYTES));
  const bytes = Buffer.concat(files);
  // Strings, in some graph models, have no fixed size: there the decoder finds out.
  if (!Number.isNaN(expected) && bytes.length !== expected)
    throw new UserError(
      `weight files have the wrong length: ${bytes.length} bytes in ${paths.map((path) => join(folder, path)).join(', ')} ` +
        `(model.json expects ${expected}: was the copy cut short?)`,
    );
  return bytes;
}

/** What the handler gives: only what computes, so that training state and notes are neither loaded nor hashed. */
function artifactsOf(json: ModelJson, weights: Buffer): tf.io.ModelArtifacts {
  const { training_config: _, ...modelTopology } = json.modelTopology;
  return {
    modelTopology,
    signature: json.signature as tf.io.ModelArtifacts['signature'],
    weightSpecs: json.weightsManifest.flatMap((group) => group.weights) as tf.io.WeightsManifestEntry[],
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length) as ArrayBuffer,
  };
}

/**
 * Reads a tfjs model: `model.json` (or the folder it lies in) and its weight files, every length checked.
 *
 * @throws UserError naming the file and what is wrong with it.
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const file = path.endsWith('.json') ? resolve(path) : join(resolve(path), 'model.json');
  const folder = dirname(file);
  const json = parseModelJson(await readBytes(file, 'model', MAX_JSON_BYTES), file);
  const format = formatOf(json, file);
  if (format === 'layers') refuseKeras3(json.modelTopology, file);
  const groups: Buffer[] = [];
  for (const group of json.weightsManifest) groups.push(await readGroup(folder, group));
  const weights = Buffer.concat(groups);
  const artifacts = artifactsOf(json, weights);
  const { weightData: _, ...topology } = artifacts;
  return {
    format,
    path: file,
    name: basename(folder),
    handler: { load: async () => artifacts },
    topologySha256: sha256Hex(canonicalJson(topology as unknown as Json)),
    weightsSha256: sha256Hex(weights),
  };
}
