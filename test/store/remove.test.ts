import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { readCommits } from '../../src/store/commit.js';
import { parseFeatureFile } from '../../src/store/layout.js';
import { removeCache, removeColumns } from '../../src/store/remove.js';
import { verifyCache } from '../../src/store/verify.js';
import { makeSmallCache, newFolder, SMALL_COLUMNS } from './small-cache.js';

let folder: string;
let cache: string;
beforeEach(async () => {
  folder = newFolder();
  cache = join(folder, 'cache');
  await makeSmallCache({ directory: cache });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('removeCache', () => {
  it('deletes the cache and its folder', async () => {
    await removeCache(cache);
    expect(existsSync(cache)).toBe(false);
  });

  it('leaves what is not the cache’s', async () => {
    writeFileSync(join(cache, 'notes.txt'), 'mine');
    await removeCache(cache);
    expect(readdirSync(cache)).toEqual(['notes.txt']);
  });

  it('deletes a cache whose manifest is damaged', async () => {
    writeFileSync(join(cache, 'manifest.json'), 'x');
    await removeCache(cache);
    expect(existsSync(cache)).toBe(false);
  });

  it('refuses a folder that is no cache', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await expect(removeCache(folder)).rejects.toThrow(UserError);
    expect(readdirSync(folder).sort()).toEqual(['cache', 'notes.txt']);
  });
});

describe('removeColumns', () => {
  it('deletes the columns and nothing else', async () => {
    await removeColumns(cache, SMALL_COLUMNS.slice(1));
    const left = [...(await readCommits(cache)).keys()].map((file) => parseFeatureFile(file)?.column);
    const columns = left.filter((column) => column !== undefined);
    expect(columns).toEqual(Array.from({ length: 4 }, () => SMALL_COLUMNS[0]));
    expect(left).toHaveLength(8);
    expect(readdirSync(join(cache, 'features'))).toEqual(['tap=out']);
    expect(await verifyCache(cache)).toMatchObject({ problems: [], leftovers: [] });
  });

  it('leaves the other columns of a tap', async () => {
    await removeColumns(cache, SMALL_COLUMNS.slice(2));
    expect(readdirSync(join(cache, 'features')).sort()).toEqual(['tap=block%2Fadd%3A1', 'tap=out']);
  });
});
