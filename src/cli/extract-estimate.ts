import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ResourceError } from '../errors.js';
import { type ColumnEstimate, estimateColumns, type PlannedColumn, type ShardTask } from '../extract/plan.js';
import type { Dtype } from '../store/column.js';
import { bytesText, terminal } from './terminal.js';
import { textTable } from './text-table.js';

/** What a run would write, and whether there is room for it. */
export interface Estimate {
  readonly cache: string;
  readonly shards: number;
  readonly samples: number;
  readonly bytes: number;
  readonly freeBytes: number;
  readonly columns: readonly ColumnEstimate[];
}

/** The plans of some caches with the same columns: one, or those of checkpoints. */
export interface EstimatedPlans {
  /** The folder that they lie in. */
  readonly cache: string;
  readonly columns: readonly PlannedColumn[];
  readonly dtype: Dtype;
  readonly tasks: readonly ShardTask[];
}

/** Free bytes where a folder is, or will be. */
async function freeBytes(directory: string): Promise<number> {
  let existing = resolve(directory);
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return bavail * bsize;
}

/** Estimates what plans would write. */
export async function estimateOf({ cache, columns, dtype, tasks }: EstimatedPlans): Promise<Estimate> {
  const estimates = estimateColumns(tasks, columns, dtype);
  return {
    cache,
    shards: tasks.length,
    samples: tasks.reduce((sum, { start, end }) => sum + end - start, 0),
    bytes: estimates.reduce((sum, { bytes }) => sum + bytes, 0),
    freeBytes: await freeBytes(cache),
    columns: estimates,
  };
}

/** Prints an estimate as a table. */
export function printEstimate({ columns, shards, samples, bytes, freeBytes: free }: Estimate): void {
  const rows = columns.map((column) => [
    column.tap,
    column.reduction,
    column.features,
    column.shards,
    column.rows,
    bytesText(column.bytes),
  ]);
  terminal.print(textTable(['tap', 'reduction', 'features', 'shards', 'rows', 'size'], rows));
  terminal.print(
    `to extract: ${shards} shards, ${samples} samples, ${bytesText(bytes)}; free: ${bytesText(free)}`,
  );
}

/** Refuses what does not fit before anything is written: the cache would keep the options that were too large. */
export function checkSpace({ bytes, freeBytes: free, cache }: Estimate): void {
  if (bytes <= free) return;
  throw new ResourceError(
    `the cache does not fit: ${bytesText(bytes)} to write and ${bytesText(free)} free at ${cache} (fewer taps, another --reduce, or --dtype float16)`,
  );
}
