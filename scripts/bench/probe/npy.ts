import { readFile } from 'node:fs/promises';

/** An array of a `.npy` file: C order, float32 or int32, values in the file's own memory. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/**
 * Reads a `.npy` file as numpy.save writes it (format 1.0: 6 bytes of magic, 2 of version, a uint16 header length, a
 * Python dict padded to 64 bytes, the data).
 *
 * @throws Error for other types, orders and versions.
 */
export async function readNpy(path: string): Promise<NpyArray> {
  const bytes = await readFile(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const type = /'descr': '(<f4|<i4)'/.exec(header)?.[1];
  const shape = /'shape': \(([\d, ]*)\)/.exec(header)?.[1];
  if (bytes[6] !== 1 || type === undefined || shape === undefined || header.includes("'fortran_order': True"))
    throw new Error(`${path}: not an array of float32 or int32 in C order: ${header.trim()}`);
  const numbers = shape.split(',').filter((part) => part.trim() !== '');
  const [at, count] = [bytes.byteOffset + start, (bytes.length - start) / 4];
  const values =
    type === '<f4' ? new Float32Array(bytes.buffer, at, count) : new Int32Array(bytes.buffer, at, count);
  return { shape: numbers.map(Number), values };
}

/** The bytes of a `.npy` file of float32 (rows, columns) or, without columns, int32 (rows,). */
export function npyBytes(values: Float32Array | Int32Array, shape: readonly number[]): Buffer {
  const type = values instanceof Float32Array ? '<f4' : '<i4';
  const dict = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = dict.padEnd(Math.ceil((10 + dict.length + 1) / 64) * 64 - 11);
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(header.length + 1, 8);
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([head, Buffer.from(`${header}\n`, 'latin1'), data]);
}
