import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { RESIZE_RULES } from '../decode/geometry.js';
import { messageOf, UserError } from '../errors.js';
import { CHANNEL_ORDERS, PREPROCESS_PRESETS } from './preprocess.js';

const sidecar = z.strictObject({
  preprocess: z
    .strictObject({
      preset: z.enum(PREPROCESS_PRESETS).optional(),
      resize: z.enum(RESIZE_RULES).optional(),
      crop: z.number().positive().max(1).optional(),
      channelOrder: z.enum(CHANNEL_ORDERS).optional(),
      mean: z.array(z.number()).min(1).max(3).optional(),
      scale: z.array(z.number()).min(1).max(3).optional(),
    })
    .optional(),
  classes: z.array(z.string()).min(1).optional(),
  inputSize: z.strictObject({ height: z.int().positive(), width: z.int().positive() }).optional(),
});

/** What a model's `strata.json` says of it: preprocessing, the names of its outputs, and the input size where the model leaves it open. */
export type ModelSidecar = z.infer<typeof sidecar>;

/** The sidecar's name, beside `model.json`. */
export const SIDECAR_FILE = 'strata.json';

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
 * Reads `strata.json` from a model's folder; undefined where there is none, and for `pixels`.
 *
 * @throws UserError naming the field that is wrong.
 */
export async function readSidecar(path: string): Promise<ModelSidecar | undefined> {
  if (path === 'pixels') return undefined;
  const file = path.toLowerCase().endsWith('.onnx')
    ? `${path.slice(0, -'.onnx'.length)}.${SIDECAR_FILE}`
    : join(path.endsWith('.json') ? dirname(path) : path, SIDECAR_FILE);
  try {
    return parseSidecar(await readFile(file, 'utf8'), file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
