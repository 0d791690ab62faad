import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type FetchWork, fetchMnist } from '../../scripts/experiments/download-mnist.js';
import {
  checkMnistFile,
  findMnist,
  MNIST_FILES,
  MNIST_FOLDERS,
} from '../../scripts/experiments/mnist-files.js';
import { UserError } from '../../src/errors.js';
import { addFiles, temporaryFolder } from '../dataset/temporary-folder.js';

const SHARED = MNIST_FOLDERS.find((folder) => existsSync(folder));

describe.skipIf(SHARED === undefined)('the checksums', () => {
  it.each(MNIST_FILES)('are those of $name as published', (file) => {
    const packed = readFileSync(join(SHARED ?? '', file.name));
    expect(() => checkMnistFile(file, file.name, packed)).not.toThrow();
    expect(gunzipSync(packed).length).toBe(file.bytes);
  });
});

describe('the list of files', () => {
  it('is of four files with a sha256 each, as large as their images and labels and heads', () => {
    expect(MNIST_FILES.map(({ bytes }) => bytes)).toEqual([
      16 + 60_000 * 784,
      8 + 60_000,
      16 + 10_000 * 784,
      8 + 10_000,
    ]);
    for (const { sha256 } of MNIST_FILES) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(MNIST_FILES.map(({ sha256 }) => sha256)).size).toBe(4);
  });
});

const CONTENT = Buffer.from('some labels');
const FILE = {
  name: 'a.gz',
  bytes: CONTENT.length,
  sha256: createHash('sha256').update(CONTENT).digest('hex'),
};

describe('checkMnistFile', () => {
  it('takes the right content however it is compressed', () => {
    for (const level of [1, 9]) checkMnistFile(FILE, 'a', gzipSync(CONTENT, { level }));
  });

  it('refuses other content, what is no gzip file, and what unpacks to more', () => {
    const other = gzipSync(Buffer.from('other label'));
    expect(() => checkMnistFile(FILE, 'a', other)).toThrow(`${FILE.sha256} would be right`);
    expect(() => checkMnistFile(FILE, 'a', CONTENT)).toThrow(UserError);
    expect(() => checkMnistFile(FILE, 'b.gz', gzipSync(Buffer.alloc(1e6)))).toThrow(
      'not the file of MNIST: b.gz',
    );
  });
});

describe('findMnist', () => {
  it('takes the first folder that has the training images, gzipped or not', () => {
    const folder = temporaryFolder({ 'b/train-images-idx3-ubyte': '', 'c/train-images-idx3-ubyte.gz': '' });
    const folders = ['a', 'b', 'c'].map((name) => join(folder, name));
    expect(findMnist(folders)).toBe(folders[1]);
    expect(findMnist([folders[2]!])).toBe(folders[2]);
  });

  it('says where it looked and what would help', () => {
    expect(() => findMnist(['x', 'y'])).toThrow('looked in x, y (make fetch-mnist');
  });
});

function work(folder: string, download: FetchWork['download']): FetchWork {
  return {
    folder,
    homes: ['https://one.example/m', 'https://two.example/m'],
    download,
    say: () => undefined,
  };
}

describe('fetchMnist', () => {
  it('says in one line what failed at each home, and leaves nothing', async () => {
    const folder = temporaryFolder();
    const failing = async (address: string) => {
      if (address.includes('one'))
        throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') });
      return gzipSync(Buffer.from('a web page'));
    };
    const failed = await fetchMnist(work(folder, failing)).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UserError);
    const { message } = failed as UserError;
    expect(message).toContain('one.example: getaddrinfo ENOTFOUND');
    expect(message).toContain('two.example: not the file of MNIST');
    expect(message).not.toContain('\n');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not overwrite a file that is another one', async () => {
    const folder = temporaryFolder();
    addFiles(folder, { 'train-images-idx3-ubyte.gz': 'mine' });
    const never = async () => {
      throw new Error('asked for a download');
    };
    await expect(fetchMnist(work(folder, never))).rejects.toThrow('not the file of MNIST');
    expect(readFileSync(join(folder, 'train-images-idx3-ubyte.gz'), 'utf8')).toBe('mine');
  });

  it.skipIf(SHARED === undefined)('goes on to the next home, and fetches only what is missing', async () => {
    const folder = temporaryFolder();
    const asked: string[] = [];
    const download = async (address: string) => {
      asked.push(address);
      if (address.includes('one')) throw new Error('404 Not Found');
      return readFileSync(join(SHARED ?? '', address.split('/').at(-1) ?? ''));
    };
    await fetchMnist(work(folder, download));
    expect(readdirSync(folder).sort()).toEqual(MNIST_FILES.map(({ name }) => name).sort());
    expect(asked).toHaveLength(8);
    await fetchMnist(work(folder, download));
    expect(asked).toHaveLength(8);
    expect(findMnist([folder])).toBe(folder);
  });
});
