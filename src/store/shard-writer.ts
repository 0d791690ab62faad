import { setImmediate } from 'node:timers/promises';
import { UserError } from '../errors.js';
import { arrowEncoder } from './arrow-writer.js';
import { Batch } from './batch.js';
import type { Dtype, ShardFormat, ShardWriter, WrittenFile } from './column.js';
import { fromFloat16, toFloat16 } from './float16.js';
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
  /** The most rows that it may be given, where that is known: it bounds the memory and leaves the bytes alone. */
  readonly rows?: number;
}

/**
 * Opens a new shard file. Its bytes depend on the rows alone, not on how they were appended. It holds two batches of
 * rows in memory (about 16 MB each): one is filled while the other is hashed and written.
 *
 * @throws UserError from `append`, when a value is infinite or too large for float16.
 * @throws ResourceError from `append` and `finish`, when the disk is full.
 */
export async function openShardWriter(options: ShardWriterOptions): Promise<ShardWriter> {
  return new BatchingShardWriter(await HashedFile.create(options.path), options);
}

class BatchingShardWriter implements ShardWriter {
  readonly #encoder: ShardEncoder;
  /** The rows of a batch: fewer than the encoding's only where the shard cannot have as many. */
  readonly #batchRows: number;
  /** The batch that is being filled, and the one that was filled before it. Memory is taken when there are rows for it. */
  #batch: Batch | undefined;
  #full: Batch | undefined;
  #rows = 0;
  /** The full batch's way to the disk, and whether it is still on it. */
  #writing: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(
    readonly file: HashedFile,
    readonly options: ShardWriterOptions,
  ) {
    this.#encoder = ENCODERS[options.format](options);
    this.#batchRows = Math.min(batchRows(options.features), options.rows ?? Number.POSITIVE_INFINITY);
  }

  async append(ids: Int32Array, features: Float32Array | Uint16Array): Promise<void> {
    this.#check(ids, features);
    const width = this.options.features;
    this.#rows += ids.length;
    for (let start = 0; start < ids.length; ) {
      this.#batch ??= new Batch(this.#batchRows, this.options);
      const end = Math.min(start + this.#batch.room, ids.length);
      put(this.#batch, ids.subarray(start, end), features.subarray(start * width, end * width));
      if (this.#batch.room === 0) await this.#startWriting(this.#batch);
      start = end;
    }
    // A caller with the next rows at hand would otherwise keep the thread from the hash, and the disk from its work.
    if (this.#busy) await setImmediate();
  }

  #check(ids: Int32Array, features: Float32Array | Uint16Array): void {
    const { features: width, dtype, rows = Number.POSITIVE_INFINITY } = this.options;
    if (features.length !== ids.length * width) {
      throw new RangeError(`${features.length} numbers for ${ids.length} rows of ${width} features`);
    }
    if (features instanceof Uint16Array && dtype !== 'float16') {
      throw new TypeError(`halves cannot go into a shard of ${dtype}`);
    }
    if (this.#rows + ids.length > rows) {
      throw new RangeError(`${this.#rows + ids.length} rows for a shard of at most ${rows}`);
    }
  }

  /** Waits until the batch before is written, and has the two change places. */
  async #startWriting(batch: Batch): Promise<void> {
    await this.#writing;
    this.#busy = true;
    this.#writing = this.file.write(this.#encoded(batch)).finally(() => {
      this.#busy = false;
    });
    // The next append that fills a batch reports it, or finish.
    this.#writing.catch(() => undefined);
    this.#full?.clear();
    [this.#batch, this.#full] = [this.#full, batch];
  }

  /** The batch as it stands in the file, after the header where it is the first. */
  #encoded(batch: Batch): Uint8Array[] {
    const header = this.file.bytes === 0 ? this.#encoder.header() : [];
    const offset = header.reduce((sum, { length }) => sum + length, this.file.bytes);
    return [...header, ...this.#encoder.batch(offset, batch.rows)];
  }

  async finish(): Promise<WrittenFile> {
    const last: Uint8Array[] = [];
    if (this.#batch && this.#batch.filled > 0) last.push(...this.#encoded(this.#batch));
    else if (this.file.bytes === 0) last.push(...this.#encoder.header());
    last.push(...this.#encoder.footer());
    const written = await this.file.finish(this.#rows, last);
    this.#release();
    return written;
  }

  async abort(): Promise<void> {
    await this.file.abort();
    this.#release();
  }

  #release(): void {
    this.#batch?.release();
    this.#full?.release();
    [this.#batch, this.#full] = [undefined, undefined];
  }
}

/** @throws UserError when the batch is of float16 and a value is infinite in it. */
function put(batch: Batch, ids: Int32Array, features: Float32Array | Uint16Array): void {
  batch.add(ids, (into) => {
    if (into instanceof Float32Array) into.set(features);
    else refuseInfinite(toFloat16(features, into), ids, features);
  });
}

function refuseInfinite(at: number, ids: Int32Array, features: Float32Array | Uint16Array): void {
  if (at === -1) return;
  const sample = ids[Math.floor((at * ids.length) / features.length)];
  const [value] =
    features instanceof Float32Array ? [features[at]] : fromFloat16(features.subarray(at, at + 1));
  throw new UserError(
    `a feature of sample ${sample} is infinite or too large for float16: ${value} (at most 65504; use --dtype float32)`,
  );
}
