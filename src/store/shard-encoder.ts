import type { Dtype } from './column.js';

/** What a shard holds: `features` numbers of a type per row. */
export interface ShardShape {
  readonly features: number;
  readonly dtype: Dtype;
}

/** The rows of one record batch or row group, as they lie in memory. */
export interface RowBatch {
  readonly ids: Int32Array;
  /** (rows, features), row by row, in the shard's dtype. */
  readonly values: Float32Array | Uint16Array;
}

/**
 * Makes the bytes of a shard file; it does no I/O. The parts are asked for in the order of the file, each with
 * the offset at which it will stand where that matters, and may be views on the batch.
 */
export interface ShardEncoder {
  header(): readonly Uint8Array[];
  batch(offset: number, rows: RowBatch): readonly Uint8Array[];
  footer(): readonly Uint8Array[];
}

/** Where values start in a file: a multiple of this, so that a reader can view them in place. */
export const ALIGNMENT = 64;

const BATCH_BYTES = 2 ** 24;
const MOST_BATCH_ROWS = 65_536;

/** The rows of every record batch but the last: about 16 MB as float32, decided by `features` alone. */
export function batchRows(features: number): number {
  return Math.min(Math.max(Math.floor(BATCH_BYTES / (4 * features)), 1), MOST_BATCH_ROWS);
}

/** The bytes that bring `offset` to the next multiple of {@link ALIGNMENT}. */
export function padding(offset: number): Uint8Array {
  return new Uint8Array((ALIGNMENT - (offset % ALIGNMENT)) % ALIGNMENT);
}

/** The bytes of a typed array: a view. */
export function bytesOf(array: Int32Array | Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
