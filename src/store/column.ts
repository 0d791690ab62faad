/** The number types features are stored in. */
export const DTYPES = ['float32', 'float16'] as const;

/** One of {@link DTYPES}. */
export type Dtype = (typeof DTYPES)[number];

/** The file formats of feature shards. */
export const SHARD_FORMATS = ['arrow', 'parquet'] as const;

/** One of {@link SHARD_FORMATS}. */
export type ShardFormat = (typeof SHARD_FORMATS)[number];

/** A column of the cache: one tap under one reduction, both by name (`add_5`, `random-subset:1000`). */
export interface ColumnName {
  readonly tap: string;
  readonly reduction: string;
}

/** Writes one shard of one column, a batch of rows at a time; memory does not grow with the shard. */
export interface ShardWriter {
  /**
   * Appends rows: `ids.length` of them, `features` holding (rows, features) row by row. Copies what it keeps. A
   * `Uint16Array` holds the bits of halves, and is for shards of float16.
   */
  append(ids: Int32Array, features: Float32Array | Uint16Array): Promise<void>;
  /** Ends the file and syncs it to disk. It is not listed until it is committed. */
  finish(): Promise<WrittenFile>;
  /** Closes and deletes the unfinished file, also while it is being written. */
  abort(): Promise<void>;
}

/** What is known of a finished file, for its commit record. */
export interface WrittenFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}
