import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamagedCacheError, UserError } from '../../src/errors.js';
import { openCache } from '../../src/read/cache.js';
import { type FeatureSource, featureSource } from '../../src/read/feature-source.js';
import { parseShard } from '../../src/read/shard.js';
import { widened } from '../../src/read/shard-block.js';
import { DTYPES, SHARD_FORMATS } from '../../src/store/column.js';
import { uncommit } from '../../src/store/commit.js';
import { featureFile } from '../../src/store/layout.js';
import {
  commitShard,
  makeSmallCache,
  newFolder,
  SMALL_COLUMNS,
  smallFeatures,
} from '../store/small-cache.js';

let directory: string;
beforeEach(() => {
  directory = newFolder();
});
afterEach(() => rmSync(directory, { recursive: true }));

const COLUMN = SMALL_COLUMNS[0]!;
const KINDS = SHARD_FORMATS.flatMap((format) => DTYPES.map((dtype) => ({ format, dtype })));
const TRAIN_IDS = [0, 1, 3, 4, 5, 7, 8, 9];

async function open() {
  const cache = await openCache(directory);
  return { cache, column: cache.columns[0]! };
}

async function allFeatures(source: FeatureSource): Promise<number[]> {
  const features: number[] = [];
  for await (const block of source.blocks()) {
    expect(block.values.length).toBe(block.rows * source.features);
    features.push(...widened(block));
  }
  return features;
}

describe.each(KINDS)('the stored features of $dtype as $format', (kind) => {
  it('are read in order, as often as needed', async () => {
    await makeSmallCache({ directory, columns: [COLUMN], ...kind });
    const { cache, column } = await open();
    const source = await featureSource(cache, column, 'train');
    expect([source.rows, source.features]).toEqual([8, 3]);
    expect([...(await source.ids())]).toEqual(TRAIN_IDS);
    const expected = TRAIN_IDS.flatMap((id) => [...smallFeatures(id, 3)]);
    expect(await allFeatures(source)).toEqual(expected);
    expect(await allFeatures(source)).toEqual(expected);
  });

  it('are read shard by shard in the order asked for', async () => {
    await makeSmallCache({ directory, columns: [COLUMN], ...kind });
    const { cache, column } = await open();
    const source = await featureSource(cache, column, 'train');
    expect(source.parts).toEqual([3, 3, 2]);
    const found: number[] = [];
    for await (const block of source.blocks({ order: [2, 0, 1] })) found.push(...widened(block));
    const ids = [8, 9, 0, 1, 3, 4, 5, 7];
    expect(found).toEqual(ids.flatMap((id) => [...smallFeatures(id, 3)]));
  });

  it('of a shard go into the memory of an earlier one that is just as long', async () => {
    await makeSmallCache({ directory, columns: [COLUMN], ...kind });
    const { cache, column } = await open();
    const { bytes } = await parseShard(cache, column, 'train', 0);
    const again = await parseShard(cache, column, 'train', 0, bytes);
    expect(again.bytes).toBe(bytes);
    const other = await parseShard(cache, column, 'train', 0, new Uint8Array(bytes.length + 1));
    expect(other.bytes.buffer).not.toBe(bytes.buffer);
    expect(other.bytes).toEqual(bytes);
  });

  it('of an empty split are none, of as many features as the others', async () => {
    await makeSmallCache({ directory, columns: [COLUMN], ...kind });
    const { cache, column } = await open();
    const source = await featureSource(cache, column, 'test');
    expect([source.rows, source.features]).toEqual([0, 3]);
    expect(await allFeatures(source)).toEqual([]);
  });
});

describe('featureSource', () => {
  const file = featureFile(COLUMN, 'train', 1, 'arrow');
  beforeEach(() => makeSmallCache({ directory, columns: [COLUMN] }));

  async function replaceShard(ids: readonly number[], features: number): Promise<void> {
    await uncommit(directory, [file]);
    await commitShard(directory, file, { ids, features, dtype: 'float32', format: 'arrow' });
  }

  async function readAll(): Promise<unknown> {
    const { cache, column } = await open();
    return await featureSource(cache, column, 'train')
      .then(allFeatures)
      .catch((error: unknown) => error);
  }

  it('refuses a column that is not complete', async () => {
    await uncommit(directory, [file]);
    expect(await readAll()).toBeInstanceOf(UserError);
  });

  it('refuses shards whose ids are not those of the samples', async () => {
    await replaceShard([4, 5, 6], 3);
    expect(String(await readAll())).toContain(
      `${join(directory, file)}: its ids are not those of the samples`,
    );
    await replaceShard([4, 5], 3);
    expect(await readAll()).toBeInstanceOf(DamagedCacheError);
  });

  it('refuses shards of another number of features', async () => {
    await replaceShard([4, 5, 7], 2);
    expect(String(await readAll())).toContain(
      '2 features, and 3 in the column’s first shard'.replace('’', "'"),
    );
  });

  it('refuses a damaged shard when it comes to it', async () => {
    const path = join(directory, file);
    const bytes = readFileSync(path);
    bytes[bytes.length - 30]! ^= 4;
    writeFileSync(path, bytes);
    const { cache, column } = await open();
    const source = await featureSource(cache, column, 'train');
    const blocks = source.blocks()[Symbol.asyncIterator]();
    expect((await blocks.next()).value?.rows).toBe(3);
    await expect(blocks.next()).rejects.toThrow(DamagedCacheError);
  });

  it('may be left before its end', async () => {
    const { cache, column } = await open();
    for await (const block of (await featureSource(cache, column, 'train')).blocks()) {
      expect(block.rows).toBe(3);
      break;
    }
  });
});
