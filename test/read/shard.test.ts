import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamagedCacheError, UserError } from '../../src/errors.js';
import { randomStream } from '../../src/random.js';
import { openCache } from '../../src/read/cache.js';
import { readShard } from '../../src/read/shard.js';
import { DTYPES, SHARD_FORMATS } from '../../src/store/column.js';
import { commit, temporaryPath, uncommit } from '../../src/store/commit.js';
import { featureFile } from '../../src/store/layout.js';
import { openShardWriter } from '../../src/store/shard-writer.js';
import { writeTable } from '../../src/store/table.js';
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

const KINDS = SHARD_FORMATS.flatMap((format) => DTYPES.map((dtype) => ({ format, dtype })));
const COLUMN = SMALL_COLUMNS[0]!;

async function openSmall(options: Parameters<typeof makeSmallCache>[0]) {
  await makeSmallCache({ columns: [COLUMN], ...options });
  return await reopened();
}

async function reopened() {
  const cache = await openCache(directory);
  return { cache, column: cache.columns[0]! };
}

describe.each(KINDS)('a shard of $dtype as $format', (kind) => {
  const file = featureFile(COLUMN, 'train', 0, kind.format);

  it.each([1, 2, 300])('comes back with %i features', async (features) => {
    const { cache, column } = await openSmall({ directory, features, ...kind });
    const shard = await readShard(cache, column, 'train', 2);
    expect(shard.rows).toBe(2);
    expect(shard.ids).toEqual(Int32Array.of(8, 9));
    expect(shard.features).toEqual(
      Float32Array.from([8, 9].flatMap((id) => [...smallFeatures(id, features)])),
    );
  });

  it('comes back whole when it has several batches', async () => {
    await makeSmallCache({ directory, columns: [], ...kind });
    const rows = 140_000;
    const ids = Int32Array.from({ length: rows }, (_, row) => row);
    const features = Float32Array.from({ length: rows * 2 }, (_, at) => at % 2048);
    const writer = await openShardWriter({ path: temporaryPath(directory, file), features: 2, ...kind });
    await writer.append(ids, features);
    await commit(directory, await writer.finish(), file);
    const { cache, column } = await reopened();
    const shard = await readShard(cache, column, 'train', 0);
    expect(shard.rows).toBe(rows);
    expect(
      Buffer.from(shard.ids.buffer, shard.ids.byteOffset, shard.ids.byteLength).equals(
        Buffer.from(ids.buffer),
      ),
    ).toBe(true);
    expect(Buffer.from(shard.features.buffer).equals(Buffer.from(features.buffer))).toBe(true);
  });

  it('may have no rows', async () => {
    await makeSmallCache({ directory, columns: [], ...kind });
    await commitShard(directory, file, { ids: [], features: 4, ...kind });
    const { cache, column } = await reopened();
    expect(await readShard(cache, column, 'train', 0)).toEqual({
      rows: 0,
      ids: new Int32Array(0),
      features: new Float32Array(0),
    });
  });

  it('with any flipped bit is refused, naming the file', async () => {
    await openSmall({ directory, ...kind });
    const path = join(directory, file);
    const bytes = readFileSync(path);
    const random = randomStream('flip', kind.format, kind.dtype);
    for (let flip = 0; flip < 100; flip++) {
      const damaged = Buffer.from(bytes);
      damaged[random.integer(0, bytes.length - 1)]! ^= 1 << random.integer(0, 7);
      writeFileSync(path, damaged);
      const { cache, column } = await reopened();
      const read = await readShard(cache, column, 'train', 0).catch((error: unknown) => error);
      expect(read).toBeInstanceOf(DamagedCacheError);
      expect((read as DamagedCacheError).file).toBe(path);
    }
  });

  it('of another kind than its manifest says is refused', async () => {
    await openSmall({ directory, ...kind });
    await uncommit(directory, [file]);
    const dtype = kind.dtype === 'float32' ? 'float16' : 'float32';
    await commitShard(directory, file, { ids: [0, 1, 3], features: 3, format: kind.format, dtype });
    const { cache, column } = await reopened();
    await expect(readShard(cache, column, 'train', 0)).rejects.toThrow(DamagedCacheError);
  });
});

describe('readShard', () => {
  const file = featureFile(COLUMN, 'train', 0, 'arrow');

  it('refuses cut and missing files, naming them', async () => {
    const { cache, column } = await openSmall({ directory });
    const path = join(directory, file);
    truncateSync(path, 100);
    await expect(readShard(cache, column, 'train', 0)).rejects.toThrow(
      new RegExp(`${path}: 100 bytes, recorded \\d+`),
    );
    rmSync(path);
    await expect(readShard(cache, column, 'train', 0)).rejects.toThrow(
      `damaged cache file: ${path}: missing`,
    );
  });

  it('refuses a shard that is not there yet', async () => {
    const { cache, column } = await openSmall({ directory });
    const read = readShard(cache, column, 'train', 3);
    await expect(read).rejects.toThrow(UserError);
    await expect(read).rejects.toThrow('part-00003.arrow (extract it first)');
  });

  it('views the file’s bytes where it can', async () => {
    const { cache, column } = await openSmall({ directory });
    const { ids, features } = await readShard(cache, column, 'train', 0);
    expect(features.buffer).toBe(ids.buffer);
    expect(features.byteOffset % 64).toBe(0);
  });

  it('refuses a committed file that is no shard', async () => {
    await makeSmallCache({ directory, columns: [COLUMN], format: 'parquet' });
    const other = featureFile(COLUMN, 'train', 0, 'parquet');
    await uncommit(directory, [other]);
    const table = await writeTable(
      temporaryPath(directory, other),
      [{ name: 'id', type: 'int32' }],
      [{ id: 1 }],
    );
    await commit(directory, table, other);
    const { cache, column } = await reopened();
    await expect(readShard(cache, column, 'train', 0)).rejects.toThrow(DamagedCacheError);
  });
});
