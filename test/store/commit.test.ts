import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DamagedCacheError } from '../../src/errors.js';
import { sha256Hex } from '../../src/fingerprint.js';
import {
  commit,
  isCommitted,
  readCommits,
  removeAbandonedTemporaries,
  temporaryPath,
  uncommit,
} from '../../src/store/commit.js';
import { writeHashedFile } from '../../src/store/hashed-file.js';
import { commitFileOf, samplesFile } from '../../src/store/layout.js';
import { sealJson } from '../../src/store/sealed-json.js';
import { newFolder } from './small-cache.js';

let cache: string;
beforeEach(() => {
  cache = newFolder();
});
afterEach(() => rmSync(cache, { recursive: true }));

const FILE = samplesFile('train', 0);

async function commitText(text: string, file = FILE) {
  const written = await writeHashedFile(temporaryPath(cache, file), Buffer.from(text), 5);
  return await commit(cache, written, file);
}

describe('commit', () => {
  it('puts the file in its place and lists it', async () => {
    const record = await commitText('hello');
    expect(record).toEqual({ file: FILE, rows: 5, bytes: 5, sha256: sha256Hex('hello') });
    expect(readFileSync(join(cache, FILE), 'utf8')).toBe('hello');
    expect(await readCommits(cache)).toEqual(new Map([[FILE, record]]));
    expect(await isCommitted(cache, FILE)).toBe(true);
    expect(await isCommitted(cache, samplesFile('train', 1))).toBe(false);
    expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
  });

  it('of identical bytes again changes nothing', async () => {
    await commitText('hello');
    const before = readFileSync(join(cache, commitFileOf(FILE)));
    await commitText('hello');
    expect(readFileSync(join(cache, commitFileOf(FILE)))).toEqual(before);
    expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
  });

  it('of other bytes under a listed name is refused, and the listed ones stay', async () => {
    await commitText('hello');
    await expect(commitText('world')).rejects.toThrow(/in the cache with sha256 2cf24dba5fb0, .* 486ea4622/);
    expect(readFileSync(join(cache, FILE), 'utf8')).toBe('hello');
  });

  it('replaces a file that was renamed and never listed', async () => {
    mkdirSync(dirname(join(cache, FILE)), { recursive: true });
    writeFileSync(join(cache, FILE), 'of a killed process');
    expect(await isCommitted(cache, FILE)).toBe(false);
    expect((await readCommits(cache)).size).toBe(0);
    await commitText('hello');
    expect(readFileSync(join(cache, FILE), 'utf8')).toBe('hello');
  });
});

describe('readCommits', () => {
  it('finds any flipped bit in a record and names the record', async () => {
    await commitText('hello');
    const path = join(cache, commitFileOf(FILE));
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      const read = await readCommits(cache).catch((error: unknown) => error);
      expect(read, `byte ${at}`).toBeInstanceOf(DamagedCacheError);
      expect((read as DamagedCacheError).file).toBe(path);
    }
  });

  it('finds a record under the name of another', async () => {
    await commitText('hello');
    const other = commitFileOf(samplesFile('train', 1));
    writeFileSync(join(cache, other), readFileSync(join(cache, commitFileOf(FILE))));
    await expect(readCommits(cache)).rejects.toThrow(`a record of ${FILE}`);
  });

  it('finds a record of another shape', async () => {
    await commitText('hello');
    writeFileSync(join(cache, commitFileOf(FILE)), sealJson({ file: FILE, rows: -1, bytes: 5, sha256: 'x' }));
    await expect(readCommits(cache)).rejects.toThrow('not a commit record');
  });

  it('reads a thousand records', async () => {
    mkdirSync(join(cache, 'commits/samples/split=train'), { recursive: true });
    const files = Array.from({ length: 1000 }, (_, shard) => samplesFile('train', shard));
    for (const file of files) {
      const record = { file, rows: 1, bytes: 1, sha256: sha256Hex(file) };
      writeFileSync(join(cache, commitFileOf(file)), sealJson(record));
    }
    expect([...(await readCommits(cache)).keys()]).toEqual(files);
  });
});

describe('uncommit', () => {
  it('takes files out of the cache, listed or not', async () => {
    await commitText('hello');
    await uncommit(cache, [FILE, samplesFile('valid', 9)]);
    expect(existsSync(join(cache, FILE))).toBe(false);
    expect((await readCommits(cache)).size).toBe(0);
  });
});

describe('temporary files', () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const touch = (path: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'x');
    return path;
  };

  it('have paths of their own', () => {
    const paths = Array.from({ length: 100 }, () => temporaryPath(cache, FILE));
    expect(new Set(paths).size).toBe(100);
    expect(new Set(paths.map(dirname))).toEqual(new Set([join(cache, 'tmp')]));
  });

  it('of processes that are gone are removed, those of the living stay', async () => {
    const mine = touch(temporaryPath(cache, FILE));
    const dead = touch(mine.replace(`.${process.pid}.`, `.${gone}.`));
    expect(await removeAbandonedTemporaries(cache)).toEqual([dead.slice(join(cache, 'tmp').length + 1)]);
    expect(existsSync(mine)).toBe(true);
    expect(existsSync(dead)).toBe(false);
  });

  it('of other hosts are removed after a day', async () => {
    const theirs = touch(join(cache, 'tmp', `0123456789ab.${gone}.x.part-00000.arrow`));
    expect(await removeAbandonedTemporaries(cache)).toEqual([]);
    const yesterday = Date.now() / 1000 - 25 * 3600;
    utimesSync(theirs, yesterday, yesterday);
    await removeAbandonedTemporaries(cache);
    expect(existsSync(theirs)).toBe(false);
  });

  it('are none in a new cache', async () => {
    expect(await removeAbandonedTemporaries(cache)).toEqual([]);
  });
});
