import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamagedCacheError, UserError } from '../../src/errors.js';
import { openCache, requireComplete } from '../../src/read/cache.js';
import { uncommit } from '../../src/store/commit.js';
import { commitFileOf, featureFile } from '../../src/store/layout.js';
import { removeColumns } from '../../src/store/remove.js';
import {
  commitShard,
  makeSmallCache,
  newFolder,
  SMALL_COLUMNS,
  smallManifest,
} from '../store/small-cache.js';

let directory: string;
beforeEach(async () => {
  directory = newFolder();
  await makeSmallCache({ directory });
});
afterEach(() => rmSync(directory, { recursive: true }));

const FIRST = SMALL_COLUMNS[0]!;

describe('openCache', () => {
  it('lists the columns by depth of the tap, then by reduction', async () => {
    const cache = await openCache(directory);
    expect(cache.manifest).toEqual(smallManifest());
    expect(cache.columns.map(({ tap, reduction }) => [tap.depth, tap.name, reduction])).toEqual([
      [1, 'block/add:1', 'average-pool'],
      [1, 'block/add:1', 'random-subset:100'],
      [2, 'out', 'average-pool'],
    ]);
  });

  it('counts the shards of each column, and its bytes', async () => {
    await uncommit(directory, [featureFile(FIRST, 'train', 1, 'arrow')]);
    const { columns, commits } = await openCache(directory);
    const expected = { train: 3, valid: 1, test: 0 };
    expect(columns.map(({ shards }) => shards)).toEqual([expected, expected, { ...expected, train: 2 }]);
    expect(columns.map((column) => column.expected)).toEqual([expected, expected, expected]);
    expect(columns.map(({ complete }) => complete)).toEqual([true, true, false]);
    const bytes = [...commits.values()].filter(({ file }) => file.startsWith('features/'));
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    expect(sum(columns.map((column) => column.bytes))).toBe(sum(bytes.map((record) => record.bytes)));
  });

  it('has no columns where nothing is committed', async () => {
    await removeColumns(directory, SMALL_COLUMNS);
    expect((await openCache(directory)).columns).toEqual([]);
  });

  it('refuses a folder that is no cache, a damaged record, and a tap that the manifest lacks', async () => {
    await expect(openCache(join(directory, 'samples'))).rejects.toThrow(UserError);
    const unknown = featureFile({ tap: 'add_9', reduction: 'flatten' }, 'train', 0, 'arrow');
    await commitShard(directory, unknown, { ids: [0], features: 2, dtype: 'float32', format: 'arrow' });
    await expect(openCache(directory)).rejects.toThrow('the manifest has no tap add_9');
    writeFileSync(join(directory, commitFileOf(unknown)), '');
    await expect(openCache(directory)).rejects.toThrow(DamagedCacheError);
  });
});

describe('requireComplete', () => {
  it('says which column lacks how many shards, and what to run', async () => {
    await uncommit(directory, [
      featureFile(FIRST, 'train', 1, 'arrow'),
      featureFile(FIRST, 'valid', 0, 'arrow'),
    ]);
    const cache = await openCache(directory);
    const [whole, , cut] = cache.columns;
    expect(() => requireComplete(cache, whole!)).not.toThrow();
    expect(() => requireComplete(cache, cut!)).toThrow(UserError);
    expect(() => requireComplete(cache, cut!)).toThrow(
      `column is not complete: out under average-pool lacks 2 of 4 shards in ${directory} (run`,
    );
  });
});
