import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { RESAMPLE_KERNELS, RESIZE_RULES } from '../decode/geometry.js';
import { messageOf, UserError } from '../errors.js';
import { CHANNEL_ORDERS, LARGEST_CROP, PREPROCESS_PRESETS } from './preprocess.js';

const sidecar = z.strictObject({
  preprocess: z
    .strictObject({
      preset: z.enum(PREPROCESS_PRESETS).optional(),
      resize: z.enum(RESIZE_RULES).optional(),
      crop: z.number().positive().max(LARGEST_CROP).optional(),
      kernel: z.enum(RESAMPLE_KERNELS).optional(),
      channelOrder: z.enum(CHANNEL_ORDERS).optional(),
      mean: z.array(z.number()).min(1).max(3).optional(),
      scale: z.array(z.number()).min(1).max(3).optional(),
    })
    .optional(),
  classes: z.array(z.string()).min(1).optional(),
  inputSize: z.strictObject({ height: z.int().positive(), width: z.int().positive() }).optional(),
  paperTaps: z.array(z.string()).min(1).optional(),
});

/**
 * What a model's sidecar says of it: preprocessing, the names of its outputs in their order, the input size where the model
 * leaves it open, and what `--taps paper` stands for where its author chose other points than strata would.
 */
export type ModelSidecar = z.infer<typeof sidecar>;

/** The sidecar's name in a model's folder. */
const SIDECAR_FILE = 'strata.json';

/** Where the sidecar of a model lies: `strata.json` in a folder, `net.strata.json` beside a file `net.onnx`. */
export function sidecarPath(model: string): string {
  if (/\.onnx$/i.test(model)) return model.replace(/\.onnx$/i, `.${SIDECAR_FILE}`);
  const isInFolder = model.endsWith('.json') || basename(model) === 'saved_model.pb';
  return join(isInFolder ? dirname(model) : model, SIDECAR_FILE);
}

function parseSidecar(text: string, path: string): ModelSidecar {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError(`model sidecar is not JSON: ${path} (${messageOf(error)})`, { cause: error });
  }
  const parsed = sidecar.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    `model sidecar is wrong: ${path} (${issue?.path.join('.') || 'top level'}: ${issue?.message})`,
  );
}

/**
 * Reads the sidecar of a model; undefined where there is none, and for `pixels`.
 *
 * @throws UserError naming the field that is wrong.
 */
export async function readSidecar(path: string): Promise<ModelSidecar | undefined> {
  if (path === 'pixels') return undefined;
  const file = sidecarPath(path);
  try {
    return parseSidecar(await readFile(file, 'utf8'), file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
