import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SourceImage } from '../../src/dataset/dataset.js';
import {
  type BatchOptions,
  type DecodedBatch,
  type DecodeJob,
  decodedBatches,
} from '../../src/decode/batches.js';
import type { Geometry } from '../../src/decode/geometry.js';

const geometry: Geometry = { width: 2, height: 1, channels: 1, resize: 'cover', crop: 1, kernel: 'bilinear' };

function pixelsOf(index: number): Uint8Array {
  return Uint8Array.of(index, 255 - index);
}

function pixelImage(index: number): SourceImage {
  return { kind: 'pixels', data: pixelsOf(index), width: 2, height: 1, channels: 1 };
}

function jobsOf(samples: number, batch: number): DecodeJob[] {
  const indices = Array.from({ length: samples }, (_, index) => index);
  return Array.from({ length: Math.ceil(samples / batch) }, (_, job) => ({
    slots: indices.slice(job * batch, (job + 1) * batch).map((index) => ({ split: 'train' as const, index })),
  }));
}

async function collect<J extends DecodeJob>(
  jobs: Iterable<J> | AsyncIterable<J>,
  options: Partial<BatchOptions> = {},
): Promise<DecodedBatch<J>[]> {
  const read = async (_split: string, index: number) => pixelImage(index);
  const batches: DecodedBatch<J>[] = [];
  for await (const batch of decodedBatches(jobs, { geometry, batch: 3, read, ...options }))
    batches.push(batch);
  return batches;
}

function fileError(code: string): Error {
  return Object.assign(new Error(`${code}: /secret/path`), { code, errno: -2 });
}

describe('decodedBatches', () => {
  test('keeps order whatever the concurrency, the lookahead and the time each read takes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 4 }),
        async (samples, concurrency, lookahead) => {
          const read = async (_split: string, index: number) => {
            await sleep((index * 7) % 4);
            return pixelImage(index);
          };
          const batches = await collect(jobsOf(samples, 3), { concurrency, lookahead, read });
          expect(batches.map(({ job }) => job)).toEqual(jobsOf(samples, 3));
          const expected = jobsOf(samples, 3).map(({ slots }) => {
            const used = slots.flatMap(({ index }) => [index, 255 - index]);
            return [...used, ...Array(6 - used.length).fill(0)];
          });
          expect(batches.map(({ pixels }) => [...pixels])).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('reports size and sha256 of every sample', async () => {
    const [batch] = await collect(jobsOf(1, 3));
    const sourceSha256 = createHash('sha256').update(Uint8Array.of(0, 255)).digest('hex');
    expect(batch!.samples).toEqual([{ status: 'ok', width: 2, height: 1, sourceSha256 }]);
  });

  test('quarantines in place what cannot be read or decoded', async () => {
    const bytes = Buffer.from('no image at all');
    const read = async (_split: string, index: number): Promise<SourceImage> => {
      if (index === 0) throw fileError('ENOENT');
      return index === 1 ? { kind: 'encoded', bytes } : pixelImage(index);
    };
    const [batch] = await collect(jobsOf(3, 3), { read });
    expect(batch!.samples).toEqual([
      { status: 'quarantined', reason: 'unreadable: ENOENT', sourceSha256: null },
      {
        status: 'quarantined',
        reason: 'not an image of a known format',
        sourceSha256: createHash('sha256').update(bytes).digest('hex'),
      },
      expect.objectContaining({ status: 'ok' }),
    ]);
    expect([...batch!.pixels]).toEqual([0, 0, 0, 0, 2, 253]);
  });

  test('throws the first other error by order, after the batches before it', async () => {
    const read = async (_split: string, index: number): Promise<SourceImage> => {
      if (index === 5) throw new Error('broken reader 5');
      if (index === 4) {
        await sleep(10);
        throw new Error('broken reader 4');
      }
      return pixelImage(index);
    };
    const seen: DecodeJob[] = [];
    const run = async () => {
      for await (const { job } of decodedBatches(jobsOf(12, 3), { geometry, batch: 3, read })) seen.push(job);
    };
    await expect(run()).rejects.toThrow('broken reader 4');
    expect(seen).toEqual(jobsOf(3, 3));
  });

  test.each(['EMFILE', 'ESTALE', 'ENOTCONN'])(
    'a machine out of file handles or without its mount is no fault of the sample: %s',
    async (code) => {
      const read = () => Promise.reject(fileError(code));
      await expect(collect(jobsOf(1, 3), { read })).rejects.toThrow(code);
    },
  );

  test('decodes no more than lookahead batches ahead of the one in use', async () => {
    let started = 0;
    const read = async (_split: string, index: number) => {
      started = Math.max(started, index + 1);
      return pixelImage(index);
    };
    let used = 0;
    for await (const { job } of decodedBatches(jobsOf(30, 3), { geometry, batch: 3, read, lookahead: 2 })) {
      used += job.slots.length;
      await sleep(5);
      expect(started).toBeLessThanOrEqual(used + 6);
    }
    expect(used).toBe(30);
  });

  test('never reads more than concurrency samples at once', async () => {
    let running = 0;
    let most = 0;
    const read = async (_split: string, index: number) => {
      most = Math.max(most, ++running);
      await sleep(2);
      running--;
      return pixelImage(index);
    };
    await collect(jobsOf(24, 3), { read, concurrency: 4, lookahead: 3 });
    expect(most).toBe(4);
  });

  test('stops reading when the caller leaves, and ends the jobs', async () => {
    let read = 0;
    let closed = false;
    async function* jobs() {
      try {
        yield* jobsOf(300, 3);
      } finally {
        closed = true;
      }
    }
    const reader = async (_split: string, index: number) => {
      read++;
      return pixelImage(index);
    };
    for await (const _ of decodedBatches(jobs(), { geometry, batch: 3, read: reader })) break;
    const afterLeaving = read;
    await sleep(10);
    expect(read).toBe(afterLeaving);
    expect(read).toBeLessThanOrEqual(9);
    expect(closed).toBe(true);
  });

  test('ends with the reason of an aborted signal', async () => {
    const controller = new AbortController();
    const run = async () => {
      for await (const _ of decodedBatches(jobsOf(30, 3), {
        geometry,
        batch: 3,
        read: async (_split, index) => pixelImage(index),
        signal: controller.signal,
      }))
        controller.abort(new Error('Ctrl-C'));
    };
    await expect(run()).rejects.toThrow('Ctrl-C');
  });

  test('hands every batch memory of its own that is not given back', async () => {
    const [first, second] = await collect(jobsOf(6, 3));
    expect(first!.pixels.buffer).not.toBe(second!.pixels.buffer);
  });

  test.each([0, 1, 2, 5])(
    'uses as many buffers as batches are out, not more: lookahead %i',
    async (lookahead) => {
      const buffers = new Set<ArrayBuffer>();
      const read = async (_split: string, index: number) => pixelImage(index);
      let given: DecodedBatch<DecodeJob> | undefined;
      for await (const batch of decodedBatches(jobsOf(300, 3), { geometry, batch: 3, read, lookahead })) {
        buffers.add(batch.pixels.buffer);
        given?.release();
        given = batch;
      }
      expect(buffers.size).toBeLessThanOrEqual(lookahead + 3);
    },
  );

  test('uses one buffer less where each batch is given back before the next is asked for', async () => {
    const buffers = new Set<ArrayBuffer>();
    const read = async (_split: string, index: number) => pixelImage(index);
    for await (const batch of decodedBatches(jobsOf(300, 3), { geometry, batch: 3, read, lookahead: 2 })) {
      buffers.add(batch.pixels.buffer);
      expect([...batch.pixels]).toEqual(batch.job.slots.flatMap(({ index }) => [...pixelsOf(index)]));
      batch.release();
      batch.release();
    }
    expect(buffers.size).toBeLessThanOrEqual(4);
  });

  test('a buffer that is used again is zero in slots that are unused or quarantined', async () => {
    const read = async (_split: string, index: number): Promise<SourceImage> => {
      if (index % 5 === 3) throw fileError('ENOENT');
      if (index % 5 === 4) return { kind: 'encoded', bytes: Buffer.from('no image') };
      return pixelImage(index);
    };
    const jobs = [...jobsOf(29, 3), ...jobsOf(7, 3)];
    const options = { geometry, batch: 3, read, lookahead: 0 };
    let reused = 0;
    const seen = new Set<ArrayBuffer>();
    for await (const { job, pixels, release } of decodedBatches(jobs, options)) {
      reused += Number(seen.has(pixels.buffer));
      seen.add(pixels.buffer);
      const expected = job.slots.flatMap(({ index }) => (index % 5 >= 3 ? [0, 0] : [index, 255 - index]));
      expect([...pixels]).toEqual([...expected, ...Array(6 - expected.length).fill(0)]);
      release();
    }
    expect(reused).toBeGreaterThan(5);
  });

  test('says of each batch when it was decoded and how many images it has', async () => {
    const told: number[][] = [];
    const onDecoded = (start: number, end: number, images: number) => told.push([start, end, images]);
    const before = performance.now();
    await collect(jobsOf(7, 3), { onDecoded });
    expect(told.map(([, , images]) => images)).toEqual([3, 3, 1]);
    for (const [start, end] of told) {
      expect(start).toBeGreaterThanOrEqual(before);
      expect(end).toBeGreaterThanOrEqual(start!);
    }
  });
});
