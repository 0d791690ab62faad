import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../backend/sha256.js';
import { DamagedCacheError, UserError } from '../errors.js';
import type { CommitRecord } from '../store/commit.js';
import type { Cache } from './cache.js';

/** The files of each open cache whose sha256 was found right: it is computed once in a process. */
const checkedFiles = new WeakMap<Cache, Set<string>>();

/**
 * Reads a listed file whole into memory of its own, after checking it against its commit record: the size always,
 * the sha256 the first time.
 *
 * @param reuse - memory of an earlier file that nobody looks at any more: taken if it is just as long.
 * @throws UserError when the file is not listed (its extraction is not done).
 * @throws DamagedCacheError naming the file when it is missing, cut or altered.
 */
export async function readVerified(cache: Cache, file: string, reuse?: Uint8Array): Promise<Uint8Array> {
  const record = cache.commits.get(file);
  if (!record) throw new UserError(`not in the cache ${cache.directory}: ${file} (extract it first)`);
  const path = join(cache.directory, file);
  const bytes = await readWhole(path, record, reuse);
  const checked = checkedFiles.get(cache) ?? new Set();
  checkedFiles.set(cache, checked);
  if (checked.has(file)) return bytes;
  if ((await sha256Of(bytes)) !== record.sha256) {
    throw new DamagedCacheError(path, 'its sha256 is not the recorded one');
  }
  checked.add(file);
  return bytes;
}

async function readWhole(path: string, { bytes }: CommitRecord, reuse?: Uint8Array): Promise<Uint8Array> {
  const handle = await openListed(path);
  try {
    const { size } = await handle.stat();
    if (size !== bytes) throw new DamagedCacheError(path, `${size} bytes, recorded ${bytes}`);
    const buffer = reuse?.byteLength === bytes ? reuse : Buffer.allocUnsafeSlow(bytes);
    await fill(buffer, handle, path);
    return buffer;
  } finally {
    await handle.close();
  }
}

async function openListed(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new DamagedCacheError(path, 'missing', { cause: error });
  }
}

async function fill(buffer: Uint8Array, handle: FileHandle, path: string): Promise<void> {
  const bytes = buffer.byteLength;
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await handle.read(buffer, done, bytes - done, done);
    if (bytesRead === 0) throw new DamagedCacheError(path, `${done} bytes, recorded ${bytes}`);
    done += bytesRead;
  }
}
