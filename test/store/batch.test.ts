import { rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WrittenFile } from '../../src/store/column.js';
import { batchRows } from '../../src/store/shard-encoder.js';
import { openShardWriter, type ShardWriterOptions } from '../../src/store/shard-writer.js';
import { newFolder } from './small-cache.js';

let folder: string;
let files = 0;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes zeros, as many rows in each append as are named. */
async function writeRows(
  shard: Omit<ShardWriterOptions, 'path'>,
  appends: readonly number[],
): Promise<WrittenFile> {
  const writer = await openShardWriter({ path: join(folder, `${files++}`), ...shard });
  for (const rows of appends) await writer.append(new Int32Array(rows), zeros(rows * shard.features));
  return await writer.finish();
}

const zeros = (length: number) => new Float32Array(length);

describe('the memory of a shard writer', () => {
  /** The sizes of the buffers that are taken while `work` is done. */
  async function buffersTaken(work: () => Promise<unknown>): Promise<number[]> {
    const taken: number[] = [];
    class CountedBuffer extends ArrayBuffer {
      constructor(bytes: number) {
        super(bytes);
        taken.push(bytes);
      }
    }
    vi.stubGlobal('ArrayBuffer', CountedBuffer);
    try {
      await work();
    } finally {
      vi.unstubAllGlobals();
    }
    return taken;
  }

  it('is two batches, however long the shard is, and none before there are rows', async () => {
    const shard = { features: 2 ** 20 + 1, dtype: 'float32', format: 'arrow' } as const;
    const batch = batchRows(shard.features) * (shard.features + 1) * 4;
    expect(await buffersTaken(() => writeRows(shard, []))).toEqual([]);
    const taken = await buffersTaken(() => writeRows(shard, [1, 5, 4, 3]));
    expect(taken.length).toBe(2);
    for (const bytes of taken) expect(Math.abs(bytes - batch)).toBeLessThan(100);
  });

  it('is what the shard can hold where that is less than a batch', async () => {
    const shard = { features: 1001, dtype: 'float16', format: 'arrow', rows: 6 } as const;
    expect(await buffersTaken(() => writeRows(shard, [2, 2, 2]))).toEqual([64 + 6006 * 2]);
  });

  it('goes from a shard that is finished or aborted to the next of its size, and no row with it', async () => {
    const shard = { features: 1003, dtype: 'float32', format: 'parquet', rows: 9 } as const;
    const alone = await writeRows(shard, [3]);
    const taken = await buffersTaken(async () => {
      await writeRows(shard, [9]);
      const writer = await openShardWriter({ path: join(folder, 'x'), ...shard });
      await writer.append(Int32Array.of(1), zeros(1003).fill(5));
      await writer.abort();
      expect((await writeRows(shard, [3])).sha256).toBe(alone.sha256);
    });
    expect(taken).toEqual([]);
  });

  it('is filled while the batch before it is written, and no further', async () => {
    const shard = { features: 2 ** 22, dtype: 'float32', format: 'arrow' } as const;
    expect(batchRows(shard.features)).toBe(1);
    const handle = await open(folder, 'r');
    const handles = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const waiting: (() => void)[] = [];
    const writev = handles.writev;
    const spy = vi.spyOn(handles, 'writev').mockImplementation(async function (this: FileHandle, buffers) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return (await writev.call(this, buffers)) as never;
    });
    const writer = await openShardWriter({ path: join(folder, 'x'), ...shard });
    const row = zeros(shard.features);
    await writer.append(Int32Array.of(0), row);
    let second = false;
    const appended = writer.append(Int32Array.of(1), row).then(() => {
      second = true;
    });
    await setTimeout(20);
    expect([second, waiting.length]).toEqual([false, 1]);
    spy.mockRestore();
    for (const release of waiting) release();
    await appended;
    expect((await writer.finish()).rows).toBe(2);
  });
});
