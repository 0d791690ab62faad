import { join } from 'node:path';
import { DamagedCacheError } from '../errors.js';
import { SPLITS, type Split } from '../split.js';
import { featureFile } from '../store/layout.js';
import { type Cache, type CachedColumn, columnName, requireComplete } from './cache.js';
import { featureIds, readSampleTable } from './samples.js';
import { parseShard } from './shard.js';
import type { FeatureValues, ParsedShard, ShardBlock } from './shard-block.js';

/** Some consecutive rows of a source. */
export interface FeatureBlock {
  readonly rows: number;
  /** (rows, features), row by row, as stored: float32, or the bits of float16. A view on the file's bytes. */
  readonly values: FeatureValues;
}

/** How a pass over a source treats the memory of its blocks. */
export interface BlockOptions {
  /** True gives every block memory of its own; else a block is valid until the next one is asked for. */
  readonly keep?: boolean;
  /** The parts of the source in the order in which they are to be read; default: as they lie. */
  readonly order?: ArrayLike<number>;
}

/** The features of one column and split, read from the start as often as needed, in the same order unless asked. */
export interface FeatureSource {
  readonly rows: number;
  readonly features: number;
  /** The rows of each part that can be read for itself: of each shard. Default: the source is one part. */
  readonly parts?: readonly number[];
  blocks(options?: BlockOptions): AsyncIterable<FeatureBlock>;
}

/** The stored features of a column and split. */
export interface StoredFeatures extends FeatureSource {
  /** The sample id of each row. */
  ids(): Promise<Int32Array>;
}

/**
 * The features of a column and split as a cache has them. Shards are read in order or in the one asked for, two
 * while the one before them is used, so three are in memory. A shard is checked against its commit record before anything is made of it, and
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
  const parts = shardRows(cache, column, split);
  const spare: Uint8Array[] = [];
  return {
    rows: parts.reduce((sum, rows) => sum + rows, 0),
    features: await columnFeatures(cache, column),
    parts,
    blocks: ({ keep = false, order = [...parts.keys()] } = {}) =>
      storedBlocks({ cache, column, split, keep, parts, order, spare }),
    ids: async () => featureIds(await readSampleTable(cache, split)),
  };
}

function shardRows({ commits, manifest }: Cache, column: CachedColumn, split: Split): number[] {
  const files = Array.from({ length: column.expected[split] }, (_, shard) =>
    featureFile(columnName(column), split, shard, manifest.identity.format),
  );
  return files.map((file) => commits.get(file)!.rows);
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

interface Stored {
  readonly cache: Cache;
  readonly column: CachedColumn;
  readonly split: Split;
  readonly keep: boolean;
  readonly parts: readonly number[];
  readonly order: ArrayLike<number>;
  /** Memory of shards that nobody looks at any more, from this pass and those before: garbage would stay for seconds. */
  readonly spare: Uint8Array[];
}

async function* storedBlocks(stored: Stored): AsyncGenerator<FeatureBlock, void> {
  const { cache, column, split, parts } = stored;
  const ids = featureIds(await readSampleTable(cache, split));
  const starts = startsOf(parts);
  let count = 0;
  for await (const { shard, file, parsed } of shardsAhead(stored)) {
    await checkFeatures(cache, column, { file, parsed });
    let row = starts[shard]!;
    for (const block of parsed.blocks) {
      checkIds(file, block, ids.subarray(row, row + block.ids.length));
      row += block.ids.length;
      count += block.ids.length;
      yield { rows: block.ids.length, values: block.values };
    }
  }
  if (count !== ids.length) {
    throw new DamagedCacheError(
      cache.directory,
      `${count} rows of ${column.tap.name} for ${ids.length} samples`,
    );
  }
}

/** The row that each part begins with. */
export function startsOf(parts: readonly number[]): number[] {
  let next = 0;
  return parts.map((rows) => {
    next += rows;
    return next - rows;
  });
}

interface ReadShard {
  readonly shard: number;
  readonly file: string;
  readonly parsed: ParsedShard;
}

/** Shards that are read, or hashed, while the caller uses one: so that two cores have something to do. */
const AHEAD = 2;

/**
 * The shards of a split in the order asked for; the next ones are being read and checked while the caller uses one, into the
 * memory of those before unless they are to be kept.
 */
async function* shardsAhead(stored: Stored): AsyncGenerator<ReadShard, void> {
  const { cache, column, split, keep, order, spare } = stored;
  const { format } = cache.manifest.identity;
  const read = async (place: number): Promise<ReadShard> => {
    const shard = order[place]!;
    const name = featureFile(columnName(column), split, shard, format);
    const fitting = spare.findIndex(({ byteLength }) => byteLength === cache.commits.get(name)?.bytes);
    const reuse = keep || fitting < 0 ? undefined : spare.splice(fitting, 1)[0];
    const parsed = await parseShard(cache, column, split, shard, reuse);
    return { shard, file: join(cache.directory, name), parsed };
  };
  const reading: Promise<ReadShard>[] = [];
  for (let place = 0; place < order.length; place++) {
    while (reading.length <= AHEAD && place + reading.length < order.length) {
      const next = read(place + reading.length);
      // A failure is thrown when its turn comes; a caller that stops before that never meets it.
      next.catch(() => undefined);
      reading.push(next);
    }
    const current = await reading.shift()!;
    yield current;
    if (!keep) spare.push(current.parsed.bytes);
  }
}

async function checkFeatures(
  cache: Cache,
  column: CachedColumn,
  { file, parsed }: Pick<ReadShard, 'file' | 'parsed'>,
): Promise<void> {
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
