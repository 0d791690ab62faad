import { existsSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ResourceError } from '../../src/errors.js';
import { sha256Hex } from '../../src/fingerprint.js';
import { HashedFile } from '../../src/store/hashed-file.js';
import { newFolder } from './small-cache.js';

let folder: string;
let path: string;
/** What all file handles have: a spy on it sees those of the code under test. */
let handles: FileHandle;
beforeEach(async () => {
  folder = newFolder();
  path = join(folder, 'x');
  const handle = await open(folder, 'r');
  handles = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const bytes = (length: number, start = 0) => new Uint8Array(length).map((_, at) => start + at * 7);
const diskFull = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
const broken = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
const MEGABYTES = 5 * 2 ** 20;

describe('a hashed file', () => {
  it('holds the chunks of all calls in order, with their sha256', async () => {
    const chunks = [bytes(3), bytes(0), bytes(2_500_000, 1), bytes(64, 2), bytes(MEGABYTES, 3), bytes(1, 4)];
    const file = await HashedFile.create(path);
    await file.write(chunks.slice(0, 2));
    const unwaited = [file.write(chunks.slice(2, 4)), file.write(chunks.slice(4, 5))];
    const written = await file.finish(9, chunks.slice(5));
    await Promise.all(unwaited);
    const whole = Buffer.concat(chunks);
    expect(readFileSync(path).equals(whole)).toBe(true);
    expect(written).toEqual({ path, rows: 9, bytes: whole.length, sha256: sha256Hex(whole) });
  });

  it('is whole when the system takes a part of the bytes at a time', async () => {
    const writev = handles.writev;
    const calls = vi.spyOn(handles, 'writev').mockImplementation(function (this: FileHandle, buffers) {
      const [first, second] = buffers as Uint8Array[];
      const part = second ? [first!, second.subarray(0, 2)] : [first!.subarray(0, 5)];
      return writev.call(this, part) as never;
    });
    const chunks = [bytes(3), bytes(4, 50), bytes(11, 100)];
    const file = await HashedFile.create(path);
    const { sha256 } = await file.finish(1, chunks);
    expect(readFileSync(path).equals(Buffer.concat(chunks))).toBe(true);
    expect(sha256).toBe(sha256Hex(Buffer.concat(chunks)));
    expect(calls.mock.calls.length).toBeGreaterThan(2);
  });

  it('writes the chunks of a call at once', async () => {
    const writev = vi.spyOn(handles, 'writev');
    const file = await HashedFile.create(path);
    await file.finish(1, [bytes(3), bytes(4), bytes(5)]);
    expect(writev).toHaveBeenCalledTimes(1);
  });

  it('is on its way to the disk before the end when it is long, and synced once when it is short', async () => {
    const [datasync, sync] = [vi.spyOn(handles, 'datasync'), vi.spyOn(handles, 'sync')];
    const short = await HashedFile.create(path);
    await short.write([bytes(1000)]);
    await short.finish(1);
    expect([datasync.mock.calls.length, sync.mock.calls.length]).toEqual([0, 1]);
    const long = await HashedFile.create(`${path}2`);
    await long.write([bytes(MEGABYTES)]);
    expect([datasync.mock.calls.length, sync.mock.calls.length]).toEqual([1, 1]);
    await long.finish(1);
    expect([datasync.mock.calls.length, sync.mock.calls.length]).toEqual([1, 2]);
  });

  it('of many, one is synced early at a time', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const datasync = vi.spyOn(handles, 'datasync').mockImplementation(() => gate);
    const files = await Promise.all([1, 2, 3].map((index) => HashedFile.create(`${path}${index}`)));
    await Promise.all(files.map((file) => file.write([bytes(MEGABYTES)])));
    expect(datasync).toHaveBeenCalledTimes(1);
    release();
    await Promise.all(files.map((file) => file.finish(1)));
    expect(datasync).toHaveBeenCalledTimes(1);
  });

  it('says that the disk is full, from whichever step hears of it', async () => {
    for (const step of ['writev', 'sync', 'datasync'] as const) {
      const spy = vi.spyOn(handles, step).mockRejectedValue(diskFull);
      const file = await HashedFile.create(path);
      const done = file.write([bytes(MEGABYTES)]).then(() => file.finish(1));
      await expect(done).rejects.toThrow(`the disk is full: ${path} cannot be written`);
      await expect(done).rejects.toThrow(ResourceError);
      await file.abort();
      expect(existsSync(path)).toBe(false);
      spy.mockRestore();
    }
  });

  it('is not finished when an early sync failed, though the last one did not', async () => {
    vi.spyOn(handles, 'datasync').mockRejectedValue(broken);
    const file = await HashedFile.create(path);
    await file.write([bytes(MEGABYTES)]);
    await file.write([bytes(MEGABYTES)]);
    await expect(file.finish(1)).rejects.toThrow('EIO');
    await file.abort();
  });

  it('is not finished when a write failed that nobody waited for', async () => {
    vi.spyOn(handles, 'writev').mockRejectedValueOnce(broken);
    const file = await HashedFile.create(path);
    file.write([bytes(10)]).catch(() => undefined);
    await expect(file.finish(1, [bytes(10)])).rejects.toThrow('EIO');
    await file.abort();
  });

  it('is gone after an abort, also with a write in flight', async () => {
    const file = await HashedFile.create(path);
    const written = file.write([bytes(MEGABYTES)]).catch(() => undefined);
    await file.abort();
    await written;
    expect(existsSync(path)).toBe(false);
  });
});
