import tf from '@tensorflow/tfjs';
import { nativeSoftmax } from '../backend/softmax.js';
import type { FeatureBlock, FeatureSource } from '../read/feature-source.js';
import { type PerSplit, perSplit, type Split } from '../split.js';
import type { ColumnLabel } from './column-label.js';
import { NativePasses } from './native-passes.js';
import type { RowPasses } from './row-passes.js';
import { measureStandardisation, type Standardisation } from './standardise.js';
import { StandardisedRows } from './standardised-rows.js';
import { TensorPasses } from './tensor-passes.js';

/** The splits of a column, ready for passes, standardised by the train split. */
export interface SplitRows {
  readonly standardisation: Standardisation;
  readonly passes: PerSplit<RowPasses>;
}

/** What {@link openRows} opens, and what it may take. */
export interface OpenRowsOptions {
  readonly column: ColumnLabel;
  readonly sources: PerSplit<FeatureSource>;
  /** Columns that stand side by side in a pass. */
  readonly columns: number;
  readonly memoryBytes: number;
  /** True for trainers that go through valid many times: it stays in memory where it takes at most an eighth of that. */
  readonly repeatsValid?: boolean | undefined;
}

/** A chunk of features, or of logits, takes this part of the memory, within these bounds. */
const CHUNK = { part: 1 / 32, leastBytes: 2 ** 23, mostBytes: 2 ** 26 };

/** A window of streamed rows in random order takes this part of the memory. */
const WINDOW_PART = 1 / 4;

/** What the WebAssembly heap, 2 GB at most, leaves to the features and the passes. */
const WASM_BYTES = 2 ** 30;

/**
 * Reads the train split once, to standardise by it, and keeps it in memory where it takes at most a half of what may
 * be taken. The native kernels keep it as it is stored.
 *
 * @throws UserError when a feature is NaN or infinite.
 */
export async function openRows(options: OpenRowsOptions): Promise<SplitRows> {
  const { sources, column } = options;
  const native = nativeSoftmax();
  const kept: FeatureBlock[] | undefined = native !== undefined && fits(options) ? [] : undefined;
  const standardisation = await measureStandardisation(sources.train, column, kept);
  const passes = perSplit((split): RowPasses => {
    if (native === undefined) return tensorPasses(options, split, standardisation);
    const own = split === 'train' ? kept : undefined;
    const keepsRead = split === 'valid' && keepsValid(options);
    const windowBytes = options.memoryBytes * WINDOW_PART;
    const source = sources[split];
    return new NativePasses({
      ...{ native, source, split, column, standardisation, kept: own, keepsRead, windowBytes },
    });
  });
  return { standardisation, passes };
}

function fits({ sources, memoryBytes }: OpenRowsOptions): boolean {
  return sources.train.rows * sources.train.features * 4 <= memoryBytes / 2;
}

function keepsValid({ sources, memoryBytes, repeatsValid = false }: OpenRowsOptions): boolean {
  return repeatsValid && sources.valid.rows * sources.valid.features * 4 <= memoryBytes / 8;
}

function tensorPasses(options: OpenRowsOptions, split: Split, standardisation: Standardisation): RowPasses {
  const { sources, column, columns } = options;
  const memory = tf.getBackend() === 'wasm' ? Math.min(options.memoryBytes, WASM_BYTES) : options.memoryBytes;
  const chunkBytes = Math.min(CHUNK.mostBytes, Math.max(CHUNK.leastBytes, memory * CHUNK.part));
  const chunkRows = Math.max(16, Math.floor(chunkBytes / (4 * Math.max(standardisation.features, columns))));
  const source = sources[split];
  const resident = split === 'train' && fits({ ...options, memoryBytes: memory });
  return new TensorPasses(
    new StandardisedRows({ source, split, column, standardisation, chunkRows, resident }),
    options.memoryBytes * WINDOW_PART,
  );
}
