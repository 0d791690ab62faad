import { join } from 'node:path';
import { DamagedCacheError, messageOf } from '../errors.js';
import type { Split } from '../split.js';
import type { Dtype, ShardFormat } from '../store/column.js';
import { featureFile } from '../store/layout.js';
import { parseArrowShard } from './arrow-shard.js';
import { type Cache, type CachedColumn, columnName } from './cache.js';
import { parseParquetShard } from './parquet-shard.js';
import { joinedFeatures, joinedIds, type ParsedShard } from './shard-block.js';
import { readVerified } from './verified-file.js';

/** A shard in memory. */
export interface Shard {
  readonly rows: number;
  readonly ids: Int32Array;
  /** (rows, features), row by row. A view on the file's bytes where it is one batch of float32. */
  readonly features: Float32Array;
}

const PARSERS: Readonly<Record<ShardFormat, (bytes: Uint8Array, dtype: Dtype) => ParsedShard>> = {
  arrow: parseArrowShard,
  parquet: parseParquetShard,
};

/**
 * Reads one shard of a column, checked against its commit record before anything is parsed.
 *
 * @throws UserError when the shard is not there yet.
 * @throws DamagedCacheError when its file is missing, cut, altered or not a shard of this column.
 */
export async function readShard(
  cache: Cache,
  column: CachedColumn,
  split: Split,
  shard: number,
): Promise<Shard> {
  const parsed = await parseShard(cache, column, split, shard);
  const ids = joinedIds(parsed);
  return { rows: ids.length, ids, features: joinedFeatures(parsed) };
}

/**
 * {@link readShard} without joining the batches of the file: all views, nothing copied. The file is read into
 * `reuse` where that fits, as {@link readVerified} says.
 */
export async function parseShard(
  cache: Cache,
  column: CachedColumn,
  split: Split,
  shard: number,
  reuse?: Uint8Array,
): Promise<ParsedShard> {
  const { format, dtype } = cache.manifest.identity;
  const file = featureFile(columnName(column), split, shard, format);
  const bytes = await readVerified(cache, file, reuse);
  const parsed = parseChecked(join(cache.directory, file), () => PARSERS[format](bytes, dtype));
  checkRows(cache, file, parsed);
  return parsed;
}

function parseChecked(path: string, parse: () => ParsedShard): ParsedShard {
  try {
    return parse();
  } catch (error) {
    throw new DamagedCacheError(path, messageOf(error), { cause: error });
  }
}

function checkRows(cache: Cache, file: string, { features, blocks }: ParsedShard): void {
  const rows = blocks.reduce((sum, { ids }) => sum + ids.length, 0);
  const recorded = cache.commits.get(file)?.rows;
  const path = join(cache.directory, file);
  if (rows !== recorded) throw new DamagedCacheError(path, `${rows} rows, recorded ${recorded}`);
  const ragged = blocks.find(({ ids, values }) => values.length !== ids.length * features);
  if (ragged)
    throw new DamagedCacheError(path, `${ragged.values.length} values in ${ragged.ids.length} rows`);
}
