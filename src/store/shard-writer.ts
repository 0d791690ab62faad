import { UserError } from '../errors.js';
import { arrowEncoder } from './arrow-writer.js';
import type { Dtype, ShardFormat, ShardWriter, WrittenFile } from './column.js';
import { findFloat16Overflow, toFloat16 } from './float16.js';
import { HashedFile } from './hashed-file.js';
import { parquetEncoder } from './parquet-writer.js';
import { batchRows, type ShardEncoder, type ShardShape } from './shard-encoder.js';

const ENCODERS: Readonly<Record<ShardFormat, (shape: ShardShape) => ShardEncoder>> = {
  arrow: arrowEncoder,
  parquet: parquetEncoder,
};

/** What {@link openShardWriter} needs: `path` is the file to make, usually a temporaryPath. */
export interface ShardWriterOptions {
  readonly path: string;
  readonly features: number;
  readonly dtype: Dtype;
  readonly format: ShardFormat;
}

/**
 * Opens a new shard file. Its bytes depend on the rows alone, not on how they were appended, and it holds
 * one batch of rows in memory (about 16 MB).
 *
 * @throws UserError from `append`, when a finite value is too large for float16.
 */
export async function openShardWriter(options: ShardWriterOptions): Promise<ShardWriter> {
  const encoder = ENCODERS[options.format](options);
  const file = await HashedFile.create(options.path);
  try {
    await file.write(encoder.header());
  } catch (error) {
    await file.abort();
    throw error;
  }
  return new BatchingShardWriter(file, encoder, options);
}

class BatchingShardWriter implements ShardWriter {
  readonly #ids: Int32Array;
  readonly #values: Float32Array | Uint16Array;
  /** Rows in the batch at hand, and in the whole file. */
  #filled = 0;
  #rows = 0;

  constructor(
    readonly file: HashedFile,
    readonly encoder: ShardEncoder,
    readonly shape: ShardShape,
  ) {
    const rows = batchRows(shape.features);
    this.#ids = new Int32Array(rows);
    this.#values = new (shape.dtype === 'float32' ? Float32Array : Uint16Array)(rows * shape.features);
  }

  async append(ids: Int32Array, features: Float32Array): Promise<void> {
    if (features.length !== ids.length * this.shape.features) {
      throw new RangeError(
        `${features.length} numbers for ${ids.length} rows of ${this.shape.features} features`,
      );
    }
    for (let start = 0; start < ids.length; ) {
      const end = Math.min(start + this.#ids.length - this.#filled, ids.length);
      this.#keep(ids.subarray(start, end), this.#featuresOf(features, start, end));
      if (this.#filled === this.#ids.length) await this.#flush();
      start = end;
    }
  }

  #featuresOf(features: Float32Array, start: number, end: number): Float32Array {
    return features.subarray(start * this.shape.features, end * this.shape.features);
  }

  #keep(ids: Int32Array, features: Float32Array): void {
    this.#ids.set(ids, this.#filled);
    const at = this.#filled * this.shape.features;
    if (this.#values instanceof Float32Array) this.#values.set(features, at);
    else toFloat16(withoutOverflow(ids, features), this.#values.subarray(at));
    this.#filled += ids.length;
  }

  async #flush(): Promise<void> {
    const ids = this.#ids.subarray(0, this.#filled);
    const values = this.#values.subarray(0, this.#filled * this.shape.features);
    await this.file.write(this.encoder.batch(this.file.bytes, { ids, values }));
    this.#rows += this.#filled;
    this.#filled = 0;
  }

  async finish(): Promise<WrittenFile> {
    if (this.#filled > 0) await this.#flush();
    await this.file.write(this.encoder.footer(this.file.bytes));
    return await this.file.finish(this.#rows);
  }

  async abort(): Promise<void> {
    await this.file.abort();
  }
}

function withoutOverflow(ids: Int32Array, features: Float32Array): Float32Array {
  const at = findFloat16Overflow(features);
  if (at === -1) return features;
  const sample = ids[Math.floor((at * ids.length) / features.length)];
  throw new UserError(
    `a feature of sample ${sample} is too large for float16: ${features[at]} (at most 65504; use --dtype float32)`,
  );
}
