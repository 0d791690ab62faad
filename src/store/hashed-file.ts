import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ResourceError } from '../errors.js';
import type { WrittenFile } from './column.js';

/** A new file, written from its start to its end, whose size and sha256 are known when it is finished. */
export class HashedFile {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
  ) {}

  /** Creates the file, and its folder where it is missing. Rejects when the file exists. */
  static async create(path: string): Promise<HashedFile> {
    await mkdir(dirname(path), { recursive: true });
    return new HashedFile(path, await open(path, 'wx'));
  }

  /** The bytes written so far: the offset of the next one. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends chunks. They must not change before the promise resolves. One call at a time. */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      // The hash is taken on this thread while a thread of the pool writes.
      const written = writeWhole(this.handle, chunk, this.path);
      this.#hash.update(chunk);
      this.#bytes += chunk.byteLength;
      await written;
    }
  }

  /** Syncs the file to the disk and closes it. */
  async finish(rows: number): Promise<WrittenFile> {
    await this.handle.sync();
    await this.handle.close();
    return { path: this.path, rows, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes and deletes the file, finished or not. */
  async abort(): Promise<void> {
    await this.handle.close();
    await rm(this.path, { force: true });
  }
}

async function writeWhole(handle: FileHandle, chunk: Uint8Array, path: string): Promise<void> {
  try {
    let done = 0;
    while (done < chunk.byteLength) {
      done += (await handle.write(chunk, done, chunk.byteLength - done)).bytesWritten;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new ResourceError(`the disk is full: ${path} cannot be written`, { cause: error });
  }
}

/** Writes a small file whole and syncs it: a {@link HashedFile} of one chunk. */
export async function writeHashedFile(path: string, data: Uint8Array, rows: number): Promise<WrittenFile> {
  const file = await HashedFile.create(path);
  try {
    await file.write([data]);
    return await file.finish(rows);
  } catch (error) {
    await file.abort();
    throw error;
  }
}
