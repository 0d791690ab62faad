import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.js';

/** A tensor of a safetensors file: a copy of its values, row by row. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A safetensors file of float32 tensors. */
export interface StoredTensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const LENGTH_BYTES = 8;
const FLOAT_BYTES = 4;

const tensorSchema = z.object({
  dtype: z.literal('F32'),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).default({}) })
  .catchall(tensorSchema);

/**
 * Reads a safetensors file of float32 tensors, such as `probes.safetensors`.
 *
 * @throws UserError when the file is none, holds another type, or states a length that it does not have.
 */
export async function readSafetensors(path: string): Promise<StoredTensors> {
  const bytes = await readFile(path);
  const headerBytes = bytes.byteLength < LENGTH_BYTES ? Number.NaN : Number(bytes.readBigUInt64LE());
  if (!(headerBytes <= bytes.byteLength - LENGTH_BYTES)) {
    throw invalid(path, `header length ${headerBytes} exceeds the file's ${bytes.byteLength} bytes`);
  }
  const { __metadata__, ...entries } = parseHeader(
    path,
    bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + headerBytes),
  );
  const data = bytes.subarray(LENGTH_BYTES + headerBytes);
  const tensors = Object.entries(entries).map(
    ([name, entry]) => [name, tensorOf(data, entry, `${path}: ${name}`)] as const,
  );
  return { metadata: __metadata__, tensors: new Map(tensors) };
}

function parseHeader(path: string, json: Buffer): z.infer<typeof headerSchema> {
  try {
    return headerSchema.parse(JSON.parse(json.toString('utf8')));
  } catch (error) {
    throw invalid(path, messageOf(error), error);
  }
}

function tensorOf(data: Buffer, entry: z.infer<typeof tensorSchema>, subject: string): StoredTensor {
  const [from, to] = entry.data_offsets;
  const count = entry.shape.reduce((product, size) => product * size, 1);
  if (to > data.byteLength || to - from !== count * FLOAT_BYTES) {
    throw invalid(
      subject,
      `bytes ${from} to ${to} are not ${count} floats of ${data.byteLength} bytes of data`,
    );
  }
  const values = Float32Array.from({ length: count }, (_, index) =>
    data.readFloatLE(from + index * FLOAT_BYTES),
  );
  return { shape: entry.shape, values };
}

function invalid(subject: string, problem: string, cause?: unknown): UserError {
  return new UserError(`not a safetensors file of float32: ${subject}: ${problem}`, { cause });
}
