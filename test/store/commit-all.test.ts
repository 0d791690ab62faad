import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commit, commitAll, type FinishedFile, readCommits, temporaryPath } from '../../src/store/commit.js';
import { writeHashedFile } from '../../src/store/hashed-file.js';
import { commitFileOf, featureFile, samplesFile } from '../../src/store/layout.js';
import { newFolder } from './small-cache.js';

/** What was asked of the file system, in order, and after how many steps the machine stops. */
const disk = vi.hoisted(() => ({ steps: [] as { kind: 'sync' | 'rename'; path: string }[], last: Infinity }));

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const step = (kind: 'sync' | 'rename', path: string) => {
    if (disk.steps.length >= disk.last) throw new Error('the power is off');
    disk.steps.push({ kind, path });
  };
  return {
    ...fs,
    async rename(from: string, to: string) {
      step('rename', to);
      await fs.rename(from, to);
    },
    async open(path: string, flags: string) {
      const handle = await fs.open(path, flags);
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        await sync();
        step('sync', path);
      };
      return handle;
    },
  };
});

let cache: string;
beforeEach(() => {
  cache = newFolder();
  disk.steps.length = 0;
});
afterEach(() => {
  disk.last = Number.POSITIVE_INFINITY;
  rmSync(cache, { recursive: true });
});

const SAMPLES = samplesFile('train', 0);
const FEATURES = ['add_1', 'add_2', 'add_3'].map((tap) =>
  featureFile({ tap, reduction: 'average-pool' }, 'train', 0, 'arrow'),
);

/** Finished files, the samples part among the last, so that the order is not that of the list. */
async function finishedFiles(files: readonly string[] = [...FEATURES, SAMPLES]): Promise<FinishedFile[]> {
  const finished: FinishedFile[] = [];
  for (const file of files) {
    const path = temporaryPath(cache, file);
    finished.push({ file, result: await writeHashedFile(path, Buffer.from(`rows of ${file}`), 2) });
  }
  disk.steps.length = 0;
  return finished;
}

/** Where in the steps something happens to a path of the cache; the first time at or after `from`. */
function at(kind: 'sync' | 'rename', file: string, from = 0): number {
  return disk.steps.findIndex(
    (step, index) => index >= from && step.kind === kind && relative(cache, step.path) === file,
  );
}

/** From which step on a power cut cannot undo the renaming of a file: every folder up to the cache's is synced. */
function durableFrom(file: string): number {
  const renamed = at('rename', file);
  const folders: string[] = [];
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) folders.push(folder);
  const synced = [...folders, ''].map((folder) => at('sync', folder, renamed));
  expect(renamed).toBeGreaterThanOrEqual(0);
  expect(Math.min(...synced)).toBeGreaterThan(renamed);
  return Math.max(...synced);
}

/** The steps in which the text of a record is synced, under its temporary name. */
function textSteps(): number[] {
  return disk.steps.flatMap(({ path }, index) => (relative(cache, path).startsWith('tmp') ? [index] : []));
}

describe('commitAll', () => {
  it('puts every file in its place and lists it, in the order given', async () => {
    const records = await commitAll(cache, await finishedFiles());
    expect(records.map(({ file }) => file)).toEqual([...FEATURES, SAMPLES]);
    expect(await readCommits(cache)).toEqual(new Map(records.toReversed().map((each) => [each.file, each])));
    for (const { file, bytes, rows } of records) {
      expect(readFileSync(join(cache, file), 'utf8')).toBe(`rows of ${file}`);
      expect([bytes, rows]).toEqual([`rows of ${file}`.length, 2]);
    }
    expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
  });

  it('renames a record only when a power cut can take neither its file nor its text', async () => {
    await commitAll(cache, await finishedFiles());
    for (const file of [SAMPLES, ...FEATURES]) {
      const listed = at('rename', commitFileOf(file));
      expect(listed).toBeGreaterThan(durableFrom(file));
      expect(disk.steps.length).toBeGreaterThan(durableFrom(commitFileOf(file)));
    }
    expect(textSteps()).toHaveLength(4);
    const firstListed = [SAMPLES, ...FEATURES].map((file) => at('rename', commitFileOf(file)));
    expect(Math.max(...textSteps())).toBeLessThan(Math.min(...firstListed));
  });

  it('lists no feature shard before a power cut cannot unlist its samples part', async () => {
    await commitAll(cache, await finishedFiles());
    const samples = durableFrom(commitFileOf(SAMPLES));
    for (const file of FEATURES) expect(at('rename', commitFileOf(file))).toBeGreaterThan(samples);
  });

  it('syncs a folder three times at most, however many columns there are', async () => {
    await commitAll(cache, await finishedFiles());
    const syncs = new Map<string, number>();
    for (const { kind, path } of disk.steps) if (kind === 'sync') syncs.set(path, (syncs.get(path) ?? 0) + 1);
    expect(syncs.get(cache)).toBe(3);
    expect(syncs.get(join(cache, 'commits'))).toBe(2);
    expect(syncs.get(join(cache, 'features'))).toBe(1);
    expect(Math.max(...[...syncs.values()])).toBe(3);
  });

  it('syncs only the folders of the files once the folders above them cannot be lost', async () => {
    await commitAll(cache, await finishedFiles());
    const next = [...FEATURES, SAMPLES].map((file) => file.replace('part-00000', 'part-00001'));
    await commitAll(cache, await finishedFiles(next));
    const synced = disk.steps.filter(({ kind, path }) => kind === 'sync' && !path.includes('.json'));
    const own = [...next, ...next.map(commitFileOf)].map((file) => join(cache, dirname(file)));
    expect(synced.map(({ path }) => path).toSorted()).toEqual(own.toSorted());
  });

  it('syncs the folders above again when they were deleted and made anew', async () => {
    await commitAll(cache, await finishedFiles());
    rmSync(join(cache, 'features'), { recursive: true });
    mkdirSync(dirname(join(cache, FEATURES[0]!)), { recursive: true });
    await commitAll(cache, await finishedFiles());
    for (const file of FEATURES) expect(durableFrom(file)).toBeLessThan(at('rename', commitFileOf(file)));
  });

  it('stopped at any step leaves each file listed and whole or not listed, and can be done again', async () => {
    await commitAll(cache, await finishedFiles());
    const steps = disk.steps.length;
    for (let last = 0; last < steps; last++) {
      rmSync(cache, { recursive: true });
      const finished = await finishedFiles();
      disk.last = last;
      await expect(commitAll(cache, finished)).rejects.toThrow('the power is off');
      disk.last = Number.POSITIVE_INFINITY;
      await expectTrue();
      await commitAll(cache, await finishedFiles());
      expect([...(await readCommits(cache)).keys()]).toEqual([...FEATURES, SAMPLES]);
    }
  });

  async function expectTrue(): Promise<void> {
    const commits = await readCommits(cache);
    for (const { file, sha256 } of commits.values()) {
      const found = createHash('sha256')
        .update(readFileSync(join(cache, file)))
        .digest('hex');
      expect(found).toBe(sha256);
      expect(commits.has(SAMPLES)).toBe(true);
    }
  }

  it('changes nothing when one of the files is listed with other bytes', async () => {
    const [tap] = FEATURES;
    const other = await writeHashedFile(temporaryPath(cache, tap!), Buffer.from('other rows'), 2);
    await commit(cache, other, tap!);
    await expect(commitAll(cache, await finishedFiles())).rejects.toThrow(/add_1.* is in the cache with/);
    expect(disk.steps).toEqual([]);
    expect([...(await readCommits(cache)).keys()]).toEqual([tap]);
    expect(existsSync(join(cache, SAMPLES))).toBe(false);
  });

  it('leaves no record behind in the temporary folder when one cannot be written', async () => {
    const finished = await finishedFiles();
    await commitAll(cache, finished);
    for (const last of [textSteps()[0]!, textSteps()[2]!]) {
      rmSync(cache, { recursive: true });
      const again = await finishedFiles();
      disk.last = last;
      await expect(commitAll(cache, again)).rejects.toThrow('the power is off');
      disk.last = Number.POSITIVE_INFINITY;
      expect(readdirSync(join(cache, 'tmp')).filter((name) => name.endsWith('.json'))).toEqual([]);
    }
  });

  it('of nothing is nothing', async () => {
    expect(await commitAll(cache, [])).toEqual([]);
    expect(disk.steps.filter(({ kind }) => kind === 'rename')).toEqual([]);
  });
});
