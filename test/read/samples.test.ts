import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamagedCacheError, UserError } from '../../src/errors.js';
import { randomStream } from '../../src/random.js';
import { openCache } from '../../src/read/cache.js';
import { featureIds, readSampleTable } from '../../src/read/samples.js';
import { uncommit } from '../../src/store/commit.js';
import { samplesFile } from '../../src/store/layout.js';
import { makeSmallCache, newFolder, smallSample } from '../store/small-cache.js';

let directory: string;
beforeEach(async () => {
  directory = newFolder();
  await makeSmallCache({ directory, columns: [] });
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('readSampleTable', () => {
  it('has the samples of all parts, in order', async () => {
    const table = await readSampleTable(await openCache(directory), 'train');
    const rows = Array.from({ length: 10 }, (_, index) => smallSample('train', index));
    expect(table.rows).toBe(10);
    expect([...table.ids]).toEqual(rows.map(({ id }) => id));
    expect(table.keys).toEqual(rows.map(({ key }) => key));
    expect([...table.ok]).toEqual([1, 1, 0, 1, 1, 1, 0, 1, 1, 1]);
    expect(table.quarantined).toBe(2);
    expect([...table.labels.label!]).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect([...table.labels['hue / tint']!]).toEqual([-1, 1, 2, -1, 1, 2, -1, 1, 2, -1]);
    expect(table.modelPrediction).toEqual(rows.map(({ modelPrediction }) => modelPrediction));
    expect([...table.modelLoss]).toEqual(rows.map(({ modelLoss }) => modelLoss ?? Number.NaN));
    expect([...table.modelRank]).toEqual(rows.map(({ modelRank }) => modelRank ?? 0));
    expect([...featureIds(table)]).toEqual([0, 1, 3, 4, 5, 7, 8, 9]);
  });

  it('is empty for an empty split', async () => {
    const table = await readSampleTable(await openCache(directory), 'test');
    expect([table.rows, table.ids.length, table.keys.length, table.quarantined]).toEqual([0, 0, 0, 0]);
  });

  it('reads the files once', async () => {
    const cache = await openCache(directory);
    const table = await readSampleTable(cache, 'train');
    rmSync(join(directory, 'samples'), { recursive: true });
    expect(await readSampleTable(cache, 'train')).toBe(table);
    await expect(readSampleTable(cache, 'valid')).rejects.toThrow(DamagedCacheError);
  });

  it('refuses a part with any flipped bit, naming it', async () => {
    const path = join(directory, samplesFile('train', 1));
    const bytes = readFileSync(path);
    const random = randomStream('samples');
    for (let flip = 0; flip < 60; flip++) {
      const damaged = Buffer.from(bytes);
      damaged[random.integer(0, bytes.length - 1)]! ^= 1 << random.integer(0, 7);
      writeFileSync(path, damaged);
      const read = await readSampleTable(await openCache(directory), 'train').catch(
        (error: unknown) => error,
      );
      expect(read).toBeInstanceOf(DamagedCacheError);
      expect((read as DamagedCacheError).file).toBe(path);
    }
  });

  it('refuses a split whose parts are not all there', async () => {
    await uncommit(directory, [samplesFile('train', 1)]);
    await expect(readSampleTable(await openCache(directory), 'train')).rejects.toThrow(UserError);
  });
});
