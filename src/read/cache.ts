import { join } from 'node:path';
import { DamagedCacheError, UserError } from '../errors.js';
import { type PerSplit, perSplit, SPLITS } from '../split.js';
import type { ColumnName } from '../store/column.js';
import { type CommitRecord, type Commits, readCommits } from '../store/commit.js';
import { commitFileOf, type FeatureShard, parseFeatureFile, shardCount } from '../store/layout.js';
import { type Manifest, type ManifestTap, readManifest } from '../store/manifest.js';

/** A column of an open cache. */
export interface CachedColumn {
  readonly tap: ManifestTap;
  readonly reduction: string;
  /** The shards that are there, and those there will be. */
  readonly shards: PerSplit<number>;
  readonly expected: PerSplit<number>;
  readonly complete: boolean;
  readonly bytes: number;
}

/** A cache as it was when it was opened. */
export interface Cache {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly commits: Commits;
  /** By depth of the tap, then by reduction. */
  readonly columns: readonly CachedColumn[];
}

/**
 * Opens a cache: reads its manifest and its commit records, and no data.
 *
 * @throws UserError when the folder is no cache.
 * @throws DamagedCacheError when the manifest or a record is not as written.
 */
export async function openCache(directory: string): Promise<Cache> {
  const manifest = await readManifest(directory);
  const commits = await readCommits(directory);
  return { directory, manifest, commits, columns: findColumns(directory, manifest, commits) };
}

interface ListedShard extends FeatureShard {
  readonly record: CommitRecord;
}

function findColumns(directory: string, manifest: Manifest, commits: Commits): CachedColumn[] {
  const byColumn = new Map<string, ListedShard[]>();
  for (const record of commits.values()) {
    const shard = parseFeatureFile(record.file);
    if (shard?.format !== manifest.identity.format) continue;
    const key = JSON.stringify([shard.column.tap, shard.column.reduction]);
    const listed = byColumn.get(key) ?? [];
    listed.push({ ...shard, record });
    byColumn.set(key, listed);
  }
  const place = new Map(manifest.taps.map(({ name }, index) => [name, index]));
  return [...byColumn.values()]
    .map((shards) => cachedColumn(directory, manifest, shards))
    .sort((a, b) => place.get(a.tap.name)! - place.get(b.tap.name)! || compare(a.reduction, b.reduction));
}

function cachedColumn(directory: string, manifest: Manifest, listed: readonly ListedShard[]): CachedColumn {
  const { column, record } = listed[0]!;
  const tap = manifest.taps.find(({ name }) => name === column.tap);
  if (!tap) {
    const file = join(directory, commitFileOf(record.file));
    throw new DamagedCacheError(file, `the manifest has no tap ${column.tap}`);
  }
  const expected = expectedShards(manifest);
  const shards = perSplit(
    (split) => listed.filter((shard) => shard.split === split && shard.shard < expected[split]).length,
  );
  return {
    tap,
    reduction: column.reduction,
    shards,
    expected,
    complete: SPLITS.every((split) => shards[split] === expected[split]),
    bytes: listed.reduce((sum, shard) => sum + shard.record.bytes, 0),
  };
}

function expectedShards({ samples, identity }: Manifest): PerSplit<number> {
  return perSplit((split) => shardCount(samples[split], identity.shardRows));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The name of a column as the layout takes it. */
export function columnName({ tap, reduction }: CachedColumn): ColumnName {
  return { tap: tap.name, reduction };
}

/** @throws UserError when shards of the column are still missing: says how many, and what to run. */
export function requireComplete(cache: Cache, column: CachedColumn): void {
  if (column.complete) return;
  const missing = SPLITS.reduce((sum, split) => sum + column.expected[split] - column.shards[split], 0);
  const expected = SPLITS.reduce((sum, split) => sum + column.expected[split], 0);
  const { tap, reduction } = columnName(column);
  throw new UserError(
    `column is not complete: ${tap} under ${reduction} lacks ${missing} of ${expected} shards in ${cache.directory} ` +
      `(run the same \`strata extract\` again: it makes what is missing)`,
  );
}
