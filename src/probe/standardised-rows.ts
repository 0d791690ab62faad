import tf from '@tensorflow/tfjs';
import type { FeatureBlock, FeatureSource } from '../read/feature-source.js';
import { widened } from '../read/shard-block.js';
import type { Split } from '../split.js';
import { type ColumnLabel, columnText, nonFiniteFeature } from './column-label.js';
import { type Standardisation, standardiseInto } from './standardise.js';

/** Some consecutive rows of a split, standardised. The tensor belongs to the rows: it is not the caller's to dispose. */
export interface RowChunk {
  readonly start: number;
  readonly rows: number;
  /** (rows, features). */
  readonly features: tf.Tensor2D;
}

/** What {@link StandardisedRows} reads, and how. */
export interface RowsOptions {
  readonly source: FeatureSource;
  readonly split: Split;
  readonly column: ColumnLabel;
  readonly standardisation: Standardisation;
  /** Rows in one chunk. The same chunks give the same sums, resident or not. */
  readonly chunkRows: number;
  /** True keeps the chunks in the tensor library after the first pass; false reads the source at every pass. */
  readonly resident: boolean;
}

/** The standardised rows of one split, in large chunks, as often as needed. */
export class StandardisedRows {
  readonly rows: number;
  readonly features: number;
  private kept: RowChunk[] | undefined;
  /** The buffer of a streaming pass, kept for the next one. */
  private buffer: Float32Array | undefined;

  constructor(readonly options: RowsOptions) {
    this.rows = options.source.rows;
    this.features = options.standardisation.features;
  }

  /** Goes through the split once. A chunk is valid until the next one is asked for. */
  async *chunks(): AsyncGenerator<RowChunk> {
    if (this.kept !== undefined) {
      yield* this.kept;
    } else if (this.options.resident) {
      this.kept = await this.readAll();
      yield* this.kept;
    } else {
      yield* this.stream();
    }
  }

  /** Frees the chunks that were kept. */
  dispose(): void {
    for (const { features } of this.kept ?? []) features.dispose();
    this.kept = undefined;
    this.buffer = undefined;
  }

  private async readAll(): Promise<RowChunk[]> {
    const kept: RowChunk[] = [];
    try {
      for await (const { start, values } of this.read(() => undefined)) kept.push(this.upload(start, values));
      return kept;
    } catch (error) {
      for (const { features } of kept) features.dispose();
      throw error;
    }
  }

  private async *stream(): AsyncGenerator<RowChunk> {
    for await (const { start, values } of this.read(() => this.buffer)) {
      this.buffer ??= values;
      const chunk = this.upload(start, values);
      try {
        yield chunk;
      } finally {
        chunk.features.dispose();
      }
    }
  }

  /**
   * Makes a tensor of standardised rows. The TensorFlow backend shares memory with the array where its alignment
   * allows, so the array must not be written to while the tensor lives.
   */
  private upload(start: number, values: Float32Array): RowChunk {
    const rows = values.length / this.features;
    return { start, rows, features: tf.tensor2d(values, [rows, this.features]) };
  }

  /** Merges the source's blocks into chunks, in the buffer that `reuse` gives or in one of their own. */
  private async *read(
    reuse: () => Float32Array | undefined,
  ): AsyncGenerator<{ start: number; values: Float32Array }> {
    const { source, standardisation, chunkRows } = this.options;
    const width = this.features;
    const sizeAt = (start: number) => Math.min(chunkRows, source.rows - start) * width;
    let start = 0;
    let filled = 0;
    const arrayAt = (start: number) => reuse()?.subarray(0, sizeAt(start)) ?? new Float32Array(sizeAt(start));
    let values: Float32Array = arrayAt(0);
    for await (const block of source.blocks()) {
      const raws = widened(block);
      for (let taken = 0; taken < block.rows; ) {
        const rows = Math.min(block.rows - taken, values.length / width - filled);
        if (rows <= 0) throw this.wrongRows(start + filled + block.rows - taken);
        const raw = raws.subarray(taken * source.features, (taken + rows) * source.features);
        const out = values.subarray(filled * width, (filled + rows) * width);
        if (!standardiseInto(out, raw, standardisation)) throw this.nonFinite(block, start + filled - taken);
        taken += rows;
        filled += rows;
        if (filled * width < values.length) continue;
        yield { start, values };
        start += filled;
        filled = 0;
        values = arrayAt(start);
      }
    }
    if (start !== source.rows) throw this.wrongRows(start + filled);
  }

  private nonFinite(block: FeatureBlock, start: number): Error {
    const { column, split, source } = this.options;
    return nonFiniteFeature({ column, split, source, block, start });
  }

  private wrongRows(found: number): Error {
    const { column, split, source } = this.options;
    return new Error(`${columnText(column)}: ${found} ${split} rows found, ${source.rows} announced`);
  }
}
