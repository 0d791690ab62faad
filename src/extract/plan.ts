import { type PerSplit, SPLITS, type Split } from '../split.js';
import type { Dtype, ShardFormat } from '../store/column.js';
import { featureFile, samplesFile, shardCount, shardRange } from '../store/layout.js';
import type { Worker } from '../worker.js';

/** A column to extract: a tap under a reduction, with the number of features it leaves. */
export interface PlannedColumn {
  readonly tap: string;
  readonly reduction: string;
  readonly features: number;
}

/** One shard with something missing: one forward pass over its samples fills every column it lacks. */
export interface ShardTask {
  readonly split: Split;
  readonly shard: number;
  /** The samples [start, end) of the split. */
  readonly start: number;
  readonly end: number;
  readonly columns: readonly PlannedColumn[];
  /** Whether its samples part is to be written too. */
  readonly samples: boolean;
  /** Set where its files are there already, and new ones take their place. */
  readonly again?: true;
}

/** What decides a plan. `committed` holds the files that have a commit record. */
export interface PlanInputs {
  readonly samples: PerSplit<number>;
  readonly shardRows: number;
  readonly columns: readonly PlannedColumn[];
  readonly committed: { has(file: string): boolean };
  /** Committed files that are to be made again, each samples part with all the feature shards of its number. */
  readonly again?: ReadonlySet<string>;
  readonly format: ShardFormat;
  readonly worker?: Worker;
}

/** Every shard of a data set, in the order train, valid, test. */
export function allShards(
  samples: PerSplit<number>,
  shardRows: number,
): readonly Omit<ShardTask, 'columns' | 'samples'>[] {
  return SPLITS.flatMap((split) =>
    Array.from({ length: shardCount(samples[split], shardRows) }, (_, shard) => ({
      split,
      shard,
      ...shardRange(shard, samples[split], shardRows),
    })),
  );
}

/**
 * The plan is what is missing: the (column, shard) pairs without a commit record, grouped by shard. Pure. A
 * shard's worker depends on its place among all shards, not on what is missing at the moment, so workers
 * started at different times still share the work without overlap.
 */
export function planExtraction({
  samples,
  shardRows,
  columns,
  committed,
  again = new Set(),
  format,
  worker,
}: PlanInputs): readonly ShardTask[] {
  const lacks = (file: string) => again.has(file) || !committed.has(file);
  return allShards(samples, shardRows)
    .filter((_, place) => worker === undefined || place % worker.count === worker.index - 1)
    .map((range) => ({
      ...range,
      columns: columns.filter((column) => lacks(featureFile(column, range.split, range.shard, format))),
      samples: lacks(samplesFile(range.split, range.shard)),
      ...(again.has(samplesFile(range.split, range.shard)) ? { again: true as const } : {}),
    }))
    .filter((task) => task.samples || task.columns.length > 0);
}

/** Rows and bytes that a plan will write for one column. */
export interface ColumnEstimate extends PlannedColumn {
  readonly shards: number;
  readonly rows: number;
  readonly bytes: number;
}

/** What a plan writes, per column: the ids (4 bytes a row) and the features; file headers are left out. */
export function estimateColumns(
  tasks: readonly ShardTask[],
  columns: readonly PlannedColumn[],
  dtype: Dtype,
): readonly ColumnEstimate[] {
  return columns.map((column) => {
    const mine = tasks.filter((task) => task.columns.includes(column));
    const rows = mine.reduce((sum, { start, end }) => sum + end - start, 0);
    return {
      ...column,
      shards: mine.length,
      rows,
      bytes: rows * (4 + column.features * (dtype === 'float16' ? 2 : 4)),
    };
  });
}
