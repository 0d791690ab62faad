import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataType, typeName } from '../../backend/data-type.js';
import { WireError, WireMessage } from '../../backend/wire-reader.js';
import { messageOf, UserError, unknownName } from '../../errors.js';
import { type MetaGraph, metaGraphs, type Signature, type SignatureTensor } from './meta-graph.js';

/** The file that makes a folder a SavedModel. */
export const SAVED_MODEL_FILE = 'saved_model.pb';

/** TensorFlow itself writes none above this: 2 GiB. */
const MAX_BYTES = 2 ** 31;

/** The signature that is used where none is named. */
const DEFAULT_SIGNATURE = 'serving_default';

/** Whether a path is the folder of a SavedModel. */
export function isSavedModel(path: string): boolean {
  return existsSync(join(path, SAVED_MODEL_FILE));
}

async function readBytes(file: string): Promise<Uint8Array> {
  const { size } = await stat(file);
  if (size > MAX_BYTES)
    throw new UserError(`model is too long: ${file} has ${size} bytes (at most ${MAX_BYTES})`);
  try {
    return await readFile(file);
  } catch (error) {
    throw new UserError(`model cannot be read: ${file} (${messageOf(error)})`, { cause: error });
  }
}

/** Runs a reader of `file`, and says so in one line where the file is damaged. */
export function unharmed<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new UserError(`model is damaged: ${file} (${error.message}; was the copy cut short?)`, {
      cause: error,
    });
  }
}

/** The graph for prediction: the one with the tag `serve`, or the only one. */
function servingGraph(graphs: readonly MetaGraph[], file: string): MetaGraph {
  const found = graphs.length === 1 ? graphs[0] : graphs.find(({ tags }) => tags.join() === 'serve');
  if (found !== undefined) return found;
  const tags = graphs.map((graph) => `[${graph.tags.join(', ')}]`).join(', ');
  throw new UserError(`model has no graph with the tag serve: ${file} (it has ${tags || 'none'})`);
}

/** Reads the graph of a SavedModel's folder. */
export async function readSavedModel(path: string): Promise<MetaGraph> {
  const file = join(resolve(path), SAVED_MODEL_FILE);
  const bytes = await readBytes(file);
  return unharmed(file, () => servingGraph(metaGraphs(new WireMessage(bytes)), file));
}

/**
 * The signature that is named, or else `serving_default`, or else the only one.
 *
 * @throws UserError naming those that there are.
 */
export function chooseSignature({ signatures }: MetaGraph, wanted: string | undefined): Signature {
  const known = new Map([...signatures].filter(([, { inputs }]) => inputs.size > 0));
  const name = wanted ?? (known.size === 1 ? [...known.keys()][0]! : DEFAULT_SIGNATURE);
  const signature = known.get(name);
  if (signature !== undefined) return signature;
  if (wanted !== undefined) throw unknownName('signature', wanted, [...known.keys()]);
  throw new UserError(
    known.size === 0
      ? 'model has no signature to be called by (export it with model.export(DIR), or pass signatures= to tf.saved_model.save)'
      : `model has several signatures: ${[...known.keys()].join(', ')} (--signature NAME chooses one)`,
  );
}

/** The number types that an image may have. */
const IMAGES: ReadonlySet<number> = new Set([
  DataType.float32,
  DataType.float64,
  DataType.float16,
  DataType.bfloat16,
  DataType.uint8,
  DataType.int32,
]);

/**
 * The one input of a signature, by its name.
 *
 * @throws UserError where there are several, or it is no array of numbers.
 */
export function imageInput({ inputs }: Signature): readonly [string, SignatureTensor] {
  const [input, ...more] = inputs;
  if (input === undefined || more.length > 0)
    throw new UserError(
      `model needs one image as its input, and has ${inputs.size}: ${[...inputs.keys()].join(', ')} (--signature NAME chooses another signature)`,
    );
  const [name, { dtype }] = input;
  if (IMAGES.has(dtype)) return input;
  throw new UserError(
    `model input is not an image of numbers: ${name} is ${typeName(dtype)} (expected float32 or uint8)`,
  );
}
