import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamagedCacheError, UserError } from '../../src/errors.js';
import { createOrOpenCache, makeManifest, readManifest } from '../../src/store/manifest.js';
import { sealJson } from '../../src/store/sealed-json.js';
import { newFolder, smallIdentity, smallManifest } from './small-cache.js';

let folder: string;
let cache: string;

beforeEach(() => {
  folder = newFolder();
  cache = join(folder, 'deep', 'cache');
});
afterEach(() => rmSync(folder, { recursive: true }));

const manifestBytes = (directory = cache) => readFileSync(join(directory, 'manifest.json'));

describe('the fingerprint', () => {
  it('depends on the identity alone', () => {
    const manifest = smallManifest();
    expect(makeManifest({ ...manifest, names: { dataset: 'x', model: 'y' }, taps: [] }).fingerprint).toBe(
      manifest.fingerprint,
    );
  });

  it('differs for every changed field', () => {
    const changes = [
      { seed: 8 },
      { batch: 8 },
      { shardRows: 8 },
      { dtype: 'float16' },
      { format: 'parquet' },
      { model: {} },
      { classifier: {} },
      { dataset: { kind: 'idx' } },
      { numerics: { backend: 'wasm', version: '4', compute: 'bfloat16' } },
    ] as const;
    const prints = changes.map((change) => smallManifest(change).fingerprint);
    expect(new Set([smallManifest().fingerprint, ...prints]).size).toBe(changes.length + 1);
  });
});

describe('a cache’s manifest', () => {
  it('comes back as it was, and leaves no other file', async () => {
    expect(await createOrOpenCache(cache, smallManifest())).toBe('created');
    expect(await createOrOpenCache(cache, smallManifest())).toBe('opened');
    expect(await readManifest(cache)).toEqual(smallManifest());
    expect(readdirSync(cache, { recursive: true }).sort()).toEqual(['manifest.json', 'tmp']);
  });

  it('is the same bytes for the same inputs', async () => {
    await createOrOpenCache(cache, smallManifest());
    await createOrOpenCache(join(folder, 'other'), smallManifest());
    expect(manifestBytes(join(folder, 'other'))).toEqual(manifestBytes());
  });

  it('refuses another identity, naming the field, both values and what to do', async () => {
    await createOrOpenCache(cache, smallManifest());
    const before = manifestBytes();
    const other = smallManifest({ preprocess: { mean: [0.5, 0.3, 0], order: 'rgb' } });
    const opened = createOrOpenCache(cache, other);
    await expect(opened).rejects.toThrow(UserError);
    await expect(opened).rejects.toThrow(
      `the cache ${cache} was made with another preprocess.mean[1]: it has 0.25, asked for 0.3 (give another --cache`,
    );
    expect(manifestBytes()).toEqual(before);
  });

  it('shortens the values that it names', async () => {
    await createOrOpenCache(cache, smallManifest({ model: { name: 'a'.repeat(500) } }));
    const opened = createOrOpenCache(cache, smallManifest());
    await expect(opened).rejects.toThrow(/another model\.format: it has none, asked for "layers"/);
    const long = createOrOpenCache(cache, smallManifest({ model: { name: 'b'.repeat(500) } }));
    await expect(long).rejects.toThrow(/it has "a{56}\.\.\., asked for "b{56}\.\.\. \(/);
  });

  it('with any flipped bit is damaged', async () => {
    await createOrOpenCache(cache, smallManifest());
    const bytes = manifestBytes();
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(join(cache, 'manifest.json'), damaged);
      const read = await readManifest(cache).catch((error: unknown) => error);
      expect(read, `byte ${at}`).toBeInstanceOf(DamagedCacheError);
      expect((read as Error).message).toContain(join(cache, 'manifest.json'));
    }
  });

  it('of another shape is damaged, and of another format version is refused', async () => {
    mkdirSync(cache, { recursive: true });
    const { fingerprint, ...rest } = smallManifest();
    writeFileSync(join(cache, 'manifest.json'), sealJson({ fingerprint: fingerprint.slice(1) }));
    await expect(readManifest(cache)).rejects.toThrow(DamagedCacheError);
    const newer = makeManifest({ ...rest, identity: smallIdentity({ formatVersion: 2 }) });
    writeFileSync(join(cache, 'manifest.json'), sealJson({ ...newer } as never));
    await expect(readManifest(cache)).rejects.toThrow('cache of another format version');
  });

  it('is missing from folders that are no cache', async () => {
    for (const directory of [folder, join(folder, 'nothing')]) {
      await expect(readManifest(directory)).rejects.toThrow(`not a strata cache: ${directory}`);
    }
  });
});

describe('a race to create a cache', () => {
  it('has one winner within a process', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, () => createOrOpenCache(cache, smallManifest())),
    );
    expect(results.filter((result) => result === 'created')).toHaveLength(1);
    expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
  });

  it('has one winner among processes, and another fingerprint is refused', async () => {
    const moment = String(Date.now() + 3000);
    const script = join(import.meta.dirname, 'create-cache-process.ts');
    const runs = ['1', '1', '2'].map((seed) =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', script, cache, seed, moment]),
    );
    const printed = (await Promise.all(runs)).map(({ stdout }) => stdout);
    expect(printed.filter((result) => result === 'created')).toHaveLength(1);
    const winner = (await readManifest(cache)).identity.seed;
    const expected =
      winner === 1 ? ['UserError', 'created', 'opened'] : ['UserError', 'UserError', 'created'];
    expect(printed.sort()).toEqual(expected);
  });
});
