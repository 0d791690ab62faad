import { join } from 'node:path';
import { DamagedCacheError } from '../errors.js';
import { SPLITS, type Split } from '../split.js';
import { featureFile } from '../store/layout.js';
import { type Cache, type CachedColumn, columnName, requireComplete } from './cache.js';
import { featureIds, readSampleTable } from './samples.js';
import { parseShard } from './shard.js';
import { type ParsedShard, type ShardBlock, widened } from './shard-block.js';

/** Some consecutive rows of a source. The array may be a view on the file's bytes: it is valid until the next block. */
export interface FeatureBlock {
  readonly rows: number;
  /** (rows, features), row by row. */
  readonly features: Float32Array;
}

/** The features of one column and split, read from the start as often as needed, always in the same order. */
export interface FeatureSource {
  readonly rows: number;
  readonly features: number;
  blocks(): AsyncIterable<FeatureBlock>;
}

/** The stored features of a column and split. */
export interface StoredFeatures extends FeatureSource {
  /** The sample id of each row. */
  ids(): Promise<Int32Array>;
}

/**
 * The features of a column and split as a cache has them. Shards are read in order, each one while the one before
 * it is used, so two are in memory. A shard is checked against its commit record before anything is made of it, and
 * its ids against the samples table.
 *
 * @throws UserError when the column is not complete.
 * @throws DamagedCacheError here or while reading, when a file is not as recorded.
 */
export async function featureSource(
  cache: Cache,
  column: CachedColumn,
  split: Split,
): Promise<StoredFeatures> {
  requireComplete(cache, column);
  return {
    rows: rowsOfSplit(cache, column, split),
    features: await columnFeatures(cache, column),
    blocks: () => storedBlocks(cache, column, split),
    ids: async () => featureIds(await readSampleTable(cache, split)),
  };
}

function rowsOfSplit({ commits, manifest }: Cache, column: CachedColumn, split: Split): number {
  const files = Array.from({ length: column.expected[split] }, (_, shard) =>
    featureFile(columnName(column), split, shard, manifest.identity.format),
  );
  return files.reduce((sum, file) => sum + commits.get(file)!.rows, 0);
}

const knownFeatures = new WeakMap<CachedColumn, Promise<number>>();

/** The features of each row, as the column's first shard has it: read once. Zero for a cache without samples. */
function columnFeatures(cache: Cache, column: CachedColumn): Promise<number> {
  const known = knownFeatures.get(column) ?? readFeatures(cache, column);
  knownFeatures.set(column, known);
  return known;
}

async function readFeatures(cache: Cache, column: CachedColumn): Promise<number> {
  const split = SPLITS.find((each) => column.expected[each] > 0);
  return split === undefined ? 0 : (await parseShard(cache, column, split, 0)).features;
}

async function* storedBlocks(
  cache: Cache,
  column: CachedColumn,
  split: Split,
): AsyncGenerator<FeatureBlock, void> {
  const ids = featureIds(await readSampleTable(cache, split));
  let row = 0;
  for await (const { file, parsed } of shardsAhead(cache, column, split)) {
    await checkFeatures(cache, column, { file, parsed });
    for (const block of parsed.blocks) {
      checkIds(file, block, ids.subarray(row, row + block.ids.length));
      row += block.ids.length;
      yield { rows: block.ids.length, features: widened(block) };
    }
  }
  if (row !== ids.length) {
    throw new DamagedCacheError(
      cache.directory,
      `${row} rows of ${column.tap.name} for ${ids.length} samples`,
    );
  }
}

interface ReadShard {
  readonly file: string;
  readonly parsed: ParsedShard;
}

/** The shards of a split in order; the next one is being read while the caller uses one, and where the last was. */
async function* shardsAhead(
  cache: Cache,
  column: CachedColumn,
  split: Split,
): AsyncGenerator<ReadShard, void> {
  const { format } = cache.manifest.identity;
  const read = async (shard: number, reuse?: Uint8Array): Promise<ReadShard | undefined> => {
    if (shard >= column.expected[split]) return undefined;
    const file = join(cache.directory, featureFile(columnName(column), split, shard, format));
    return { file, parsed: await parseShard(cache, column, split, shard, reuse) };
  };
  let next = read(0);
  let last: ReadShard | undefined;
  for (let shard = 1; ; shard++) {
    const current = await next;
    if (current === undefined) return;
    next = read(shard, last?.parsed.bytes);
    // A failure is thrown when its turn comes; a caller that stops before that never meets it.
    next.catch(() => undefined);
    yield current;
    last = current;
  }
}

async function checkFeatures(cache: Cache, column: CachedColumn, { file, parsed }: ReadShard): Promise<void> {
  const features = await columnFeatures(cache, column);
  if (parsed.features === features) return;
  throw new DamagedCacheError(
    file,
    `${parsed.features} features, and ${features} in the column's first shard`,
  );
}

function checkIds(file: string, { ids }: ShardBlock, expected: Int32Array): void {
  const same = ids.length === expected.length && ids.every((id, row) => id === expected[row]);
  if (!same) throw new DamagedCacheError(file, 'its ids are not those of the samples table');
}
