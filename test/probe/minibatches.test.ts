import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../src/errors.js';
import { evenEnds, shuffledRows, streamedWindows, type Window } from '../../src/probe/minibatches.js';
import { randomStream } from '../../src/random.js';
import type { FeatureSource } from '../../src/read/feature-source.js';

/** A source whose features are row number and row number + 0.5, in parts of blocks of at most three rows. */
function numberedSource(parts: readonly number[], halves = false): FeatureSource & { orders: number[][] } {
  const rows = parts.reduce((sum, count) => sum + count, 0);
  const starts = parts.map((_, at) => parts.slice(0, at).reduce((sum, count) => sum + count, 0));
  const orders: number[][] = [];
  return {
    ...{ rows, features: 2, parts, orders },
    async *blocks({ order = [...parts.keys()] } = {}) {
      orders.push(Array.from(order));
      for (const part of Array.from(order)) {
        for (let from = 0; from < parts[part]!; from += 3) {
          const count = Math.min(3, parts[part]! - from);
          const first = starts[part]! + from;
          const values = Array.from({ length: count }, (_, at) => [first + at, first + at + 0.5]).flat();
          yield { rows: count, values: halves ? Uint16Array.from(values) : Float32Array.from(values) };
        }
      }
    },
  };
}

/** The row numbers of each minibatch, after a look at their features. */
async function collected(windows: AsyncIterable<Window>): Promise<number[][]> {
  const batches: number[][] = [];
  for await (const { rows, values, ends } of windows) {
    expect(values).toHaveLength(2 * rows.length);
    for (const [at, row] of rows.entries()) expect(values[2 * at]).toBe(row);
    batches.push(...cut({ rows, ends }));
  }
  return batches;
}

function cut({ rows, ends }: Pick<Window, 'rows' | 'ends'>): number[][] {
  return Array.from(ends, (end, at) => [...rows.subarray(ends[at - 1] ?? 0, end)]);
}

const sorted = (batches: number[][]) => batches.flat().sort((a, b) => a - b);
const stream = (seed: number) => randomStream(seed, 'test');

describe('evenEnds', () => {
  it('cuts into as few runs as fit, of one length to one', () => {
    expect([...evenEnds(10, 4)]).toEqual([3, 6, 10]);
    expect([...evenEnds(8, 4)]).toEqual([4, 8]);
    expect([...evenEnds(3, 4)]).toEqual([3]);
    expect([...evenEnds(0, 4)]).toEqual([]);
  });
});

describe('minibatches', () => {
  const cases = fc.record({
    parts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
    batch: fc.integer({ min: 1, max: 12 }),
    windowRows: fc.integer({ min: 1, max: 60 }),
    seed: fc.integer(),
    halves: fc.boolean(),
  });

  it('hold every row once an epoch with its own features, kept and streamed', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ parts, batch, windowRows, seed, halves }) => {
        const source = numberedSource(parts, halves);
        const all = Array.from({ length: source.rows }, (_, row) => row);
        const kept = cut(shuffledRows(source.rows, { batch, random: stream(seed) }));
        const options = { batch, windowBytes: 8 * windowRows, random: stream(seed) };
        const streamed = await collected(streamedWindows(source, options));
        for (const epoch of [kept, streamed]) {
          expect(sorted(epoch)).toEqual(all);
          expect(epoch.every((rows) => rows.length > 0 && rows.length <= batch)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('differ by seed, and are the same for the same one', async () => {
    const source = numberedSource([20, 20, 10]);
    const epochs = [
      async (seed: number) => cut(shuffledRows(source.rows, { batch: 8, random: stream(seed) })),
      (seed: number) => collected(streamedWindows(source, { batch: 8, random: stream(seed) })),
    ];
    for (const epoch of epochs) {
      const [one, same, other] = [await epoch(1), await epoch(1), await epoch(2)];
      expect(same).toEqual(one);
      expect(other).not.toEqual(one);
    }
  });

  it('put each row at each place equally often, streamed through a window of all rows', async () => {
    const source = numberedSource([4, 4, 4]);
    const sums = new Float64Array(12);
    for (let seed = 0; seed < 600; seed++) {
      const order = (await collected(streamedWindows(source, { batch: 12, random: stream(seed) }))).flat();
      for (const [place, row] of order.entries()) sums[row]! += place / 600;
    }
    // The mean place is 5.5 with a standard error of 3.45 / sqrt(600) = 0.14.
    for (const sum of sums) expect(Math.abs(sum - 5.5)).toBeLessThan(0.7);
  });

  it('come from parts in random order where a window is smaller than the source, read once an epoch', async () => {
    const source = numberedSource(Array(20).fill(10));
    const options = { batch: 10, windowBytes: 8 * 50 };
    const epoch = await collected(streamedWindows(source, { ...options, random: stream(3) }));
    expect(source.orders).toHaveLength(1);
    expect(source.orders[0]).not.toEqual([...source.parts!.keys()]);
    const firstWindow = new Set(
      epoch
        .slice(0, 5)
        .flat()
        .map((row) => Math.floor(row / 10)),
    );
    expect([...firstWindow].sort()).toEqual(source.orders[0]!.slice(0, 5).sort());
    const firstBatch = new Set(epoch[0]!.map((row) => Math.floor(row / 10)));
    expect(firstBatch.size).toBeGreaterThan(2);
  });

  it('end with an error where a source has other rows than announced', async () => {
    for (const rows of [5, 7]) {
      const source = { ...numberedSource([6]), rows };
      const { parts: _, ...unparted } = source;
      const epoch = streamedWindows(unparted, { batch: 2, windowBytes: 24, random: stream(0) });
      await expect(collected(epoch)).rejects.toThrow(/rows than announced/);
    }
  });

  it('stop when interrupted', async () => {
    const options = { batch: 2, random: stream(0), signal: AbortSignal.abort() };
    const epoch = streamedWindows(numberedSource([9]), options);
    await expect(collected(epoch)).rejects.toThrow(InterruptedError);
  });
});
