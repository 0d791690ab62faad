import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamagedCacheError } from '../../src/errors.js';
import { samplesFile } from '../../src/store/layout.js';
import { readListedSamples } from '../../src/store/listed-samples.js';
import { makeSmallCache, newFolder, shardSamples } from './small-cache.js';

const FILE = samplesFile('train', 1);
const LABEL_SETS = ['label', 'hue / tint'];

describe('readListedSamples', () => {
  let cache: string;
  beforeEach(async () => {
    cache = newFolder();
    await makeSmallCache({ directory: cache });
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  const read = () => readListedSamples(cache, FILE, LABEL_SETS);

  it('reads what was written', async () => {
    expect(await read()).toEqual(shardSamples('train', 1));
  });

  it('names a part that is missing, altered or not listed as damaged', async () => {
    const path = join(cache, FILE);
    const bytes = readFileSync(path);
    bytes[40]! ^= 1;
    writeFileSync(path, bytes);
    await expect(read()).rejects.toThrow(new DamagedCacheError(path, 'its sha256 is not the recorded one'));
    rmSync(path);
    await expect(read()).rejects.toThrow(new DamagedCacheError(path, 'missing'));
    rmSync(join(cache, 'commits', 'samples'), { recursive: true });
    await expect(read()).rejects.toThrow(new DamagedCacheError(path, 'its commit record is missing'));
  });
});
