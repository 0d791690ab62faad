import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, strata, temporaryFolder } from './run-strata.js';

const EXTRACT = ['extract', '--limit', '120', '--shard-rows', '64', '--taps', 'merges'];

/** Flips one bit of a file, at a place that differs from file to file. */
async function flip(path: string, place: number): Promise<void> {
  const bytes = await readFile(path);
  const at = Math.floor(place * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

describe.each(['arrow', 'parquet'])(
  'a cache of %s shards',
  async (format) => {
    const folder = await temporaryFolder();
    const whole = join(folder, 'whole');

    beforeAll(async () => {
      expect((await strata([...EXTRACT, '--cache', whole, '--format', format])).code).toBe(0);
    });

    it('is found whole by verify', async () => {
      const { code, stdout } = await strata(['verify', whole]);
      expect(code).toBe(0);
      expect(stdout).toContain('all as recorded');
    });

    it('has a damaged samples part refused by a later pass, and is whole again once its record is deleted', async () => {
      const damaged = join(folder, 'later');
      await cp(whole, damaged, { recursive: true });
      const file = 'samples/split=train/part-00000.parquet';
      await flip(join(damaged, file), 0.5);
      const args = ['--limit', '120', '--shard-rows', '64', '--format', format, '--cache', damaged];
      const { code, stderr } = await strata(['extract', '--taps', 'image', ...args]);
      expect(stderr).toContain(file);
      expect(code).toBe(4);
      expect((await strata(['verify', damaged])).stderr).toContain('to repair');
      await rm(join(damaged, 'commits', `${file}.json`));
      expect((await strata(['extract', '--taps', 'image', ...args])).code).toBe(0);
      expect((await strata(['verify', damaged])).code).toBe(0);
    });

    it('has a flipped byte found by verify and refused by probe, each time naming the file', async () => {
      const files = await filesBelow(whole);
      const kinds = ['manifest.json', 'commits/samples', 'commits/features', 'samples/', 'features/'];
      for (const [place, kind] of kinds.entries()) {
        const file = files.filter((one) => one.startsWith(kind)).at(place) ?? '';
        const damaged = join(folder, `damaged-${place}`);
        await cp(whole, damaged, { recursive: true });
        await flip(join(damaged, file), 0.1 + 0.2 * place);
        const verified = await strata(['verify', damaged]);
        expect([file, verified.code]).toEqual([file, 4]);
        expect(verified.stdout + verified.stderr).toContain(file);
        const probed = await strata([
          'probe',
          '--cache',
          damaged,
          '--out',
          join(folder, 'run'),
          '--l2',
          '0.1',
          '--labels',
          'label',
        ]);
        expect([file, probed.code]).toEqual([file, 4]);
        expect(probed.stderr).toContain(file);
      }
    });
  },
  300_000,
);

describe('a cache opened with other options', async () => {
  const folder = await temporaryFolder();
  const cache = join(folder, 'cache');

  beforeAll(async () => {
    expect((await strata([...EXTRACT, '--cache', cache])).code).toBe(0);
  });

  it.each([
    ['another model', ['--model', 'data/models/glyphnet-start'], 'model.'],
    ['another seed', ['--seed', '1'], 'seed'],
    ['another preprocessing', ['--preprocess', 'raw'], 'preprocess.'],
    ['another data set', ['--dataset', 'glyphs:1'], 'dataset.'],
    ['another limit', ['--limit', '121'], 'dataset.'],
    ['another batch', ['--batch', '16'], 'batch'],
    ['another dtype', ['--dtype', 'float16'], 'dtype'],
    ['another backend', ['--backend', 'wasm'], 'numerics.'],
  ])('is refused with %s, naming the field', async (_, options, field) => {
    const limit =
      options[0] === '--limit' ? EXTRACT.filter((word) => word !== '--limit' && word !== '120') : EXTRACT;
    const { code, stderr } = await strata([...limit, '--cache', cache, ...options]);
    expect(stderr).toMatch(new RegExp(`made with another ${field.replace('.', '\\.')}`));
    expect(code).toBe(2);
  });
});
