import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { ResourceError } from '../errors.js';
import type { WrittenFile } from './column.js';

const HASH_BYTES = 2 ** 20;
const EARLY_SYNC_BYTES = 2 ** 22;

/** Of all files together one is synced early at a time: a sync holds a thread that decoding needs too. */
const earlySyncs = pLimit(1);

/**
 * A new file, written from its start to its end, whose size and sha256 are known when it is finished. What is written
 * is on its way to the disk before the end, so that the last sync has little left to do.
 */
export class HashedFile {
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #unsynced = 0;
  // Each of these goes on where the one before it ended, and is rejected from its first failure on.
  #written: Promise<void> = Promise.resolve();
  #hashed: Promise<void> = Promise.resolve();
  #syncedEarly: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
  ) {}

  /** Creates the file, and its folder where it is missing. Rejects when the file exists. */
  static async create(path: string): Promise<HashedFile> {
    try {
      return new HashedFile(path, await open(path, 'wx'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    await mkdir(dirname(path), { recursive: true });
    return new HashedFile(path, await open(path, 'wx'));
  }

  /** The bytes written so far, or about to be: the offset of the next one. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends chunks after those of earlier calls. They must not change before the promise resolves.
   *
   * @throws ResourceError when the disk is full.
   */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    this.#append(chunks);
    const written = this.#written.then(() => this.#syncEarly());
    await Promise.all([written, this.#hashed]);
  }

  /** Appends the last chunks, syncs the file to the disk and closes it. */
  async finish(rows: number, last: readonly Uint8Array[] = []): Promise<WrittenFile> {
    this.#append(last);
    const synced = this.#written.then(() => this.#named(this.handle.sync()));
    await Promise.all([synced, this.#hashed, this.#syncedEarly]);
    await this.handle.close();
    return { path: this.path, rows, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes and deletes the file, finished or not, once what the system is doing with it has ended. */
  async abort(): Promise<void> {
    await this.handle.close();
    await rm(this.path, { force: true });
  }

  #append(chunks: readonly Uint8Array[]): void {
    const bytes = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#bytes += bytes;
    this.#unsynced += bytes;
    // A thread of the pool writes while this one hashes.
    this.#written = this.#written.then(() => this.#named(writeWhole(this.handle, chunks)));
    this.#hashed = this.#hashed.then(() => this.#update(chunks));
  }

  /** Hashes a slice at a time, so that between them the writes and syncs of this and other files go on. */
  async #update(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      for (let start = 0; start < chunk.byteLength; start += HASH_BYTES) {
        this.#hash.update(chunk.subarray(start, start + HASH_BYTES));
        if (start + HASH_BYTES <= chunk.byteLength) await setImmediate();
      }
    }
  }

  /** Nobody waits for it before the end, where its failure is the file's. */
  #syncEarly(): void {
    if (this.#unsynced < EARLY_SYNC_BYTES || earlySyncs.activeCount > 0) return;
    this.#unsynced = 0;
    this.#syncedEarly = this.#syncedEarly.then(() => earlySyncs(() => this.#named(this.handle.datasync())));
    this.#syncedEarly.catch(() => undefined);
  }

  async #named<T>(done: Promise<T>): Promise<T> {
    try {
      return await done;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      throw new ResourceError(`the disk is full: ${this.path} cannot be written`, { cause: error });
    }
  }
}

async function writeWhole(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  let rest = chunks.filter(({ byteLength }) => byteLength > 0);
  while (rest.length > 0) rest = after(rest, (await handle.writev(rest)).bytesWritten);
}

/** What is left of chunks without their first `bytes` bytes. */
function after(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let start = 0;
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    const cut = Math.min(Math.max(bytes - start, 0), chunk.byteLength);
    if (cut < chunk.byteLength) rest.push(chunk.subarray(cut));
    start += chunk.byteLength;
  }
  return rest;
}

/** Writes a small file whole and syncs it: a {@link HashedFile} of one chunk. */
export async function writeHashedFile(path: string, data: Uint8Array, rows: number): Promise<WrittenFile> {
  const file = await HashedFile.create(path);
  try {
    return await file.finish(rows, [data]);
  } catch (error) {
    await file.abort();
    throw error;
  }
}
