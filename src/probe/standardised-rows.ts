import tf from '@tensorflow/tfjs';
import type { FeatureBlock, FeatureSource } from '../read/feature-source.js';
import type { Split } from '../split.js';
import { type ColumnLabel, columnText, nonFiniteFeature } from './column-label.js';
import { type Standardisation, standardiseInto } from './standardise.js';

/** Some consecutive rows of a split, standardised. The tensor belongs to the rows: it is not the caller's to dispose. */
export interface RowChunk {
  readonly start: number;
  readonly rows: number;
  /** (rows, used features). */
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

  constructor(private readonly options: RowsOptions) {
    this.rows = options.source.rows;
    this.features = options.standardisation.used.length;
  }

  /** Goes through the split once. A chunk is valid until the next one is asked for. */
  async *chunks(): AsyncGenerator<RowChunk> {
    if (this.kept !== undefined) {
      yield* this.kept;
    } else if (this.options.resident) {
      this.kept = await this.readAll();
      yield* this.kept;
    } else {
      yield* this.read();
    }
  }

  /** Frees the chunks that were kept. */
  dispose(): void {
    for (const { features } of this.kept ?? []) features.dispose();
    this.kept = undefined;
  }

  private async readAll(): Promise<RowChunk[]> {
    const kept: RowChunk[] = [];
    try {
      for await (const chunk of this.read()) kept.push({ ...chunk, features: chunk.features.clone() });
      return kept;
    } catch (error) {
      for (const { features } of kept) features.dispose();
      throw error;
    }
  }

  private async *read(): AsyncGenerator<RowChunk> {
    const { source, standardisation, chunkRows } = this.options;
    const buffer = new Float32Array(Math.min(chunkRows, source.rows) * this.features);
    let start = 0;
    let filled = 0;
    for await (const block of source.blocks()) {
      for (let taken = 0; taken < block.rows; ) {
        const rows = Math.min(block.rows - taken, chunkRows - filled, source.rows - start - filled);
        if (rows <= 0) throw this.wrongRows(start + filled + block.rows - taken);
        const raw = block.features.subarray(taken * source.features, (taken + rows) * source.features);
        const out = buffer.subarray(filled * this.features, (filled + rows) * this.features);
        if (!standardiseInto(out, raw, standardisation)) throw this.nonFinite(block, start + filled - taken);
        taken += rows;
        filled += rows;
        if (filled === chunkRows || start + filled === source.rows) {
          const features = upload(buffer, filled, this.features);
          try {
            yield { start, rows: filled, features };
          } finally {
            features.dispose();
          }
          start += filled;
          filled = 0;
        }
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

/** Copies the head of a buffer into a tensor. The buffer may be written again afterwards. */
function upload(buffer: Float32Array, rows: number, features: number): tf.Tensor2D {
  const tensor = tf.tensor2d(buffer.subarray(0, rows * features), [rows, features]);
  // The TensorFlow backend copies only when an op first needs the values.
  tf.tidy(() => tensor.slice([0, 0], [1, 1]));
  return tensor;
}
