import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamagedCacheError } from '../../src/errors.js';
import { readSamples, writeSamples } from '../../src/store/samples.js';
import { readTable, writeTable } from '../../src/store/table.js';
import { newFolder, smallSample } from './small-cache.js';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

const SETS = ['label', 'hue / tint'];
const ROWS = Array.from({ length: 25 }, (_, index) => smallSample('train', index));

describe('the samples table', () => {
  it('comes back as it was', async () => {
    const path = join(folder, 'x.parquet');
    expect((await writeSamples(path, SETS, ROWS)).rows).toBe(25);
    expect(await readSamples(path, SETS)).toEqual(ROWS);
  });

  it('has the documented columns', async () => {
    const path = join(folder, 'x.parquet');
    await writeSamples(path, SETS, ROWS);
    const { columns } = await readTable(path);
    const others = ['width', 'height', 'source_sha256', 'model_prediction', 'model_loss', 'model_rank'];
    const names = ['id', 'key', 'label', 'label_hue / tint', ...others, 'status', 'reason'];
    expect(Object.keys(columns)).toEqual(names);
  });

  it('of another shape is damaged, naming the file', async () => {
    const path = join(folder, 'x.parquet');
    await writeTable(path, [{ name: 'id', type: 'int32' }], [{ id: 1 }]);
    await expect(readSamples(path, SETS)).rejects.toThrow(DamagedCacheError);
    await expect(readSamples(path, SETS)).rejects.toThrow(`${path}: not a samples table`);
  });
});
