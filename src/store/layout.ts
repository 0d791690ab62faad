import { SPLITS, type Split } from '../split.js';
import { type ColumnName, SHARD_FORMATS, type ShardFormat } from './column.js';

/** A feature shard's place in the cache. */
export interface FeatureShard {
  readonly column: ColumnName;
  readonly split: Split;
  readonly shard: number;
  readonly format: ShardFormat;
}

/** A part of the samples table: the same range of samples as the feature shards of its number. */
export interface SamplesPart {
  readonly split: Split;
  readonly shard: number;
}

/** The manifest, relative to the cache's folder, as all paths of this file. */
export const MANIFEST_FILE = 'manifest.json';

/** The folders of a cache. */
export const CACHE_FOLDERS = ['samples', 'features', 'commits', 'tmp'] as const;

/**
 * A value as the folder names of a hive layout hold it: letters, digits, `_`, `-` and `.` stay, every other
 * byte of its UTF-8 becomes `%XX`. DuckDB, polars and pyarrow decode it.
 */
export function encodeHiveValue(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The value that {@link encodeHiveValue} encoded; undefined for what it never makes. */
export function decodeHiveValue(encoded: string): string | undefined {
  try {
    const value = decodeURIComponent(encoded);
    return encodeHiveValue(value) === encoded ? value : undefined;
  } catch {
    // Not percent-encoded UTF-8: not a folder of ours.
    return undefined;
  }
}

/** `features/tap=add_5/reduction=average-pool` */
export function columnDirectory({ tap, reduction }: ColumnName): string {
  return `features/tap=${encodeHiveValue(tap)}/reduction=${encodeHiveValue(reduction)}`;
}

/** `features/tap=add_5/reduction=average-pool/split=train/part-00000.arrow` */
export function featureFile(column: ColumnName, split: Split, shard: number, format: ShardFormat): string {
  return `${columnDirectory(column)}/split=${split}/${part(shard)}.${format}`;
}

/** `samples/split=train/part-00000.parquet` */
export function samplesFile(split: Split, shard: number): string {
  return `samples/split=${split}/${part(shard)}.parquet`;
}

/** The record that lists a file as complete: `commits/samples/split=train/part-00000.parquet.json` */
export function commitFileOf(file: string): string {
  return `commits/${file}.json`;
}

/** The file that a commit record is for; undefined for any other path. */
export function fileOfCommit(commitFile: string): string | undefined {
  return /^commits\/(.+)\.json$/.exec(commitFile)?.[1];
}

/** Takes a feature shard's path apart; undefined for any other path. */
export function parseFeatureFile(file: string): FeatureShard | undefined {
  const found = /^features\/tap=([^/]*)\/reduction=([^/]*)\/split=(\w+)\/part-(\d+)\.(\w+)$/.exec(file);
  const tap = decodeHiveValue(found?.[1] ?? '');
  const reduction = decodeHiveValue(found?.[2] ?? '');
  const split = SPLITS.find((each) => each === found?.[3]);
  const format = SHARD_FORMATS.find((each) => each === found?.[5]);
  if (!found || tap === undefined || reduction === undefined || !split || !format) return undefined;
  const shard = { column: { tap, reduction }, split, shard: Number(found[4]), format };
  return featureFile(shard.column, split, shard.shard, format) === file ? shard : undefined;
}

/** Takes a samples part's path apart; undefined for any other path. */
export function parseSamplesFile(file: string): SamplesPart | undefined {
  const found = /^samples\/split=(\w+)\/part-(\d+)\.parquet$/.exec(file);
  const split = SPLITS.find((each) => each === found?.[1]);
  if (!found || !split) return undefined;
  const shard = Number(found[2]);
  return samplesFile(split, shard) === file ? { split, shard } : undefined;
}

/** How many shards `rows` samples make, `shardRows` in each but the last. */
export function shardCount(rows: number, shardRows: number): number {
  return Math.ceil(rows / shardRows);
}

/** The samples of a shard: from `start`, up to but without `end`. */
export function shardRange(shard: number, rows: number, shardRows: number): { start: number; end: number } {
  return { start: Math.min(shard * shardRows, rows), end: Math.min((shard + 1) * shardRows, rows) };
}

function part(shard: number): string {
  return `part-${String(shard).padStart(5, '0')}`;
}
