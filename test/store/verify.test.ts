import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError, UserError } from '../../src/errors.js';
import { randomStream } from '../../src/random.js';
import { temporaryPath, uncommit } from '../../src/store/commit.js';
import { commitFileOf, featureFile, samplesFile } from '../../src/store/layout.js';
import { verifyCache } from '../../src/store/verify.js';
import { commitShard, makeSmallCache, newFolder, SMALL_COLUMNS } from './small-cache.js';

let cache: string;
beforeEach(() => {
  cache = newFolder();
});
afterEach(() => rmSync(cache, { recursive: true }));

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}

const COLUMN = SMALL_COLUMNS[0]!;

describe('verifyCache', () => {
  it.each(['arrow', 'parquet'] as const)('finds nothing wrong with a whole cache of %s', async (format) => {
    await makeSmallCache({ directory: cache, format });
    const seen: string[] = [];
    const report = await verifyCache(cache, { onFile: (file) => seen.push(file) });
    expect(report).toMatchObject({ problems: [], leftovers: [] });
    // 4 shards of 3 columns and the samples, each with its record; the manifest.
    expect(report.files).toBe(2 * 4 * 4 + 1);
    expect(seen.sort()).toEqual(filesOf(cache).sort());
    const data = filesOf(cache).filter((file) => /^(features|samples)/.test(file));
    expect(report.bytes).toBe(data.reduce((sum, file) => sum + statSync(join(cache, file)).size, 0));
  });

  it.each(['arrow', 'parquet'] as const)(
    'finds a flipped bit anywhere in any file of %s, and names the file',
    async (format) => {
      await makeSmallCache({ directory: cache, format, columns: [COLUMN] });
      const random = randomStream('verify', format);
      for (const file of filesOf(cache)) {
        const path = join(cache, file);
        const bytes = readFileSync(path);
        for (let flip = 0; flip < 3; flip++) {
          const damaged = Buffer.from(bytes);
          const at = random.integer(0, bytes.length - 1);
          damaged[at]! ^= 1 << random.integer(0, 7);
          writeFileSync(path, damaged);
          const { problems } = await verifyCache(cache);
          expect(
            problems.map((problem) => problem.file),
            `${file} byte ${at}`,
          ).toContain(file);
        }
        writeFileSync(path, bytes);
      }
      expect((await verifyCache(cache)).problems).toEqual([]);
    },
  );

  it('finds cut and deleted files, all of them', async () => {
    await makeSmallCache({ directory: cache });
    const cut = featureFile(COLUMN, 'train', 1, 'arrow');
    const deleted = featureFile(COLUMN, 'train', 2, 'arrow');
    const samples = samplesFile('valid', 0);
    const { size } = statSync(join(cache, cut));
    truncateSync(join(cache, cut), size - 1);
    rmSync(join(cache, deleted));
    rmSync(join(cache, samples));
    const { problems } = await verifyCache(cache);
    expect(problems).toEqual([
      { file: cut, problem: `${size - 1} bytes, recorded ${size}` },
      { file: deleted, problem: 'missing' },
      { file: samples, problem: 'missing' },
    ]);
  });

  it('finds shards that do not agree with the samples', async () => {
    await makeSmallCache({ directory: cache });
    const file = featureFile(COLUMN, 'train', 0, 'arrow');
    const other = featureFile(COLUMN, 'valid', 0, 'arrow');
    await uncommit(cache, [file, samplesFile('valid', 0)]);
    await commitShard(cache, file, { ids: [0, 1], features: 3, dtype: 'float32', format: 'arrow' });
    const { problems } = await verifyCache(cache);
    expect(problems).toContainEqual({ file, problem: `2 rows, but 3 samples in ${samplesFile('train', 0)}` });
    expect(problems).toContainEqual({
      file: other,
      problem: `its samples part is not listed: ${samplesFile('valid', 0)}`,
    });
    expect(problems).toHaveLength(1 + SMALL_COLUMNS.length);
  });

  it('lists what a killed process left, and does not call it damage', async () => {
    await makeSmallCache({ directory: cache });
    const unlisted = featureFile({ tap: 'input', reduction: 'flatten' }, 'train', 0, 'arrow');
    const temporary = temporaryPath(cache, unlisted);
    mkdirSync(dirname(join(cache, unlisted)), { recursive: true });
    for (const path of [join(cache, unlisted), temporary]) writeFileSync(path, 'half');
    const { problems, leftovers } = await verifyCache(cache);
    expect(problems).toEqual([]);
    expect(leftovers).toEqual([unlisted, temporary.slice(cache.length + 1)]);
  });

  it('goes on after damaged records and a damaged manifest', async () => {
    await makeSmallCache({ directory: cache });
    const record = commitFileOf(featureFile(COLUMN, 'train', 1, 'arrow'));
    for (const file of ['manifest.json', record]) writeFileSync(join(cache, file), '{}');
    const files = (await verifyCache(cache)).problems.map(({ file }) => file);
    expect(files).toEqual(['manifest.json', record]);
  });

  it('refuses folders that are no cache, and stops when it is told to', async () => {
    await expect(verifyCache(cache)).rejects.toThrow(UserError);
    await makeSmallCache({ directory: cache });
    await expect(verifyCache(cache, { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
  });
});
