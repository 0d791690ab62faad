import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '../../errors.js';
import type { OnnxGraph, OnnxInitializer } from './graph.js';
import { readGraph } from './graph.js';

/** protobuf cannot make a longer file: weights beyond it lie in files of their own. */
const MOST_BYTES = 2 ** 31 - 1;

/** An ONNX model as it lies on disk: its structure is in memory, its weights stay in their files. */
export interface OnnxFile {
  readonly path: string;
  /** Where external weights are looked for. */
  readonly folder: string;
  readonly name: string;
  readonly graph: OnnxGraph;
  readonly topologySha256: string;
  readonly weightsSha256: string;
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES)
      throw new UserError(
        `model is too long for an ONNX file: ${path} has ${size} bytes (at most ${MOST_BYTES})`,
      );
    return await readFile(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'not found' : `cannot be read (${code ?? messageOf(error)})`;
    throw new UserError(`model ${problem}: ${path}`, { cause: error });
  }
}

function parse(bytes: Buffer, path: string): OnnxGraph {
  try {
    return readGraph(bytes, basename(path));
  } catch (error) {
    throw new UserError(
      `model is not a whole ONNX file: ${path} (${messageOf(error)}: was the copy cut short?)`,
      {
        cause: error,
      },
    );
  }
}

async function hashRegion(hash: Hash, path: string, { name, place }: OnnxInitializer): Promise<void> {
  const { offset, length } = place!;
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) throw new UserError(`weight file not found: ${path} (the weights of ${name})`);
  if (offset < 0 || offset + length > size)
    throw new UserError(
      `weight file is too short: ${path} has ${size} bytes, and ${name} ends at ${offset + length} (was the copy cut short?)`,
    );
  if (length === 0) return;
  for await (const chunk of createReadStream(path, { start: offset, end: offset + length - 1 }))
    hash.update(chunk as Buffer);
}

async function hashWeights(graph: OnnxGraph, bytes: Buffer, file: string): Promise<string> {
  const hash = createHash('sha256');
  for (const initializer of graph.initializers) {
    const { place, raw } = initializer;
    if (place === undefined) hash.update(raw);
    else if (place.location === basename(file))
      hash.update(bytes.subarray(place.offset, place.offset + place.length));
    else await hashRegion(hash, join(dirname(file), place.location), initializer);
  }
  return hash.digest('hex');
}

function hashTopology({
  opsets,
  functions,
  nodes,
  initializers,
  inputs,
  outputs,
  sparse,
}: OnnxGraph): string {
  const hash = createHash('sha256').update(JSON.stringify(opsets));
  for (const bytes of [...functions, ...nodes.map(({ raw }) => raw), ...sparse]) hash.update(bytes);
  const shapes = initializers.map(({ name, dtype, dims }) => [name, dtype, dims]);
  return hash.update(JSON.stringify([shapes, inputs, outputs])).digest('hex');
}

/**
 * Reads the structure of an ONNX model, and hashes its weights wherever they lie.
 *
 * @throws UserError naming the file that is missing, cut short or none.
 */
export async function readOnnxFile(path: string): Promise<OnnxFile> {
  const file = resolve(path);
  const bytes = await readBytes(file);
  const graph = parse(bytes, file);
  if (graph.nodes.length === 0) throw new UserError(`model is not an ONNX file: ${file} (it has no nodes)`);
  return {
    path: file,
    folder: dirname(file),
    name: basename(file, '.onnx'),
    graph,
    topologySha256: hashTopology(graph),
    weightsSha256: await hashWeights(graph, bytes, file),
  };
}
