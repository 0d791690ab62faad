/**
 * The rows of a split in random order, in minibatches, each row once an epoch.
 *
 * Rows in memory are shuffled as a whole. A source that is streamed allows no random access: its parts (shards) are
 * read in random order into a window that takes as much memory as it may, and shuffled within it. An image folder is
 * stored class by class, so that minibatches are only as mixed as a window: it should hold many shards. Where the
 * whole split fits the window, both are the same.
 */
import { type RandomStream, shuffle } from '../random.js';
import { type FeatureBlock, type FeatureSource, startsOf } from '../read/feature-source.js';
import type { FeatureValues } from '../read/shard-block.js';
import { heard } from './row-passes.js';

/** Some rows in random order. Its arrays are valid until the next one is asked for. */
export interface Minibatch {
  /** The numbers of its rows in the split. */
  readonly rows: Int32Array;
  /** (rows, features), row by row, as stored. */
  readonly values: FeatureValues;
}

/** How an epoch is cut. */
export interface MinibatchOptions {
  /** Most rows of a minibatch. A window is cut into as few as that allows, of one size to a row. */
  readonly batch: number;
  /** The order of the epoch. */
  readonly random: RandomStream;
  readonly signal?: AbortSignal | undefined;
}

/** What a window may take unless said otherwise. */
const WINDOW_BYTES = 2 ** 28;

/**
 * Cuts a number of things into as few runs of at most `most` as there can be, of one length to one.
 *
 * @returns the ends of the runs.
 */
export function evenEnds(count: number, most: number): number[] {
  const runs = Math.ceil(count / Math.max(1, most));
  return Array.from({ length: runs }, (_, run) => Math.floor((count * (run + 1)) / runs));
}

/**
 * An epoch over blocks in memory, shuffled as a whole.
 *
 * @throws InterruptedError when the signal is raised.
 */
export async function* keptMinibatches(
  blocks: readonly FeatureBlock[],
  options: MinibatchOptions & { readonly features: number },
): AsyncGenerator<Minibatch, void> {
  const { features, batch, random, signal } = options;
  const starts = startsOf(blocks.map(({ rows }) => rows));
  const total = blocks.reduce((sum, { rows }) => sum + rows, 0);
  const order = shuffle(
    Int32Array.from({ length: total }, (_, row) => row),
    random,
  );
  const buffer = emptyLike(blocks[0]?.values, Math.min(batch, total) * features);
  let from = 0;
  for (const end of evenEnds(total, batch)) {
    const rows = order.subarray(from, end);
    for (const [at, row] of rows.entries()) {
      const block = blockOf(starts, row);
      buffer.set(rowOf(blocks[block]!, row - starts[block]!, features), at * features);
    }
    yield { rows, values: buffer.subarray(0, rows.length * features) };
    await heard(signal);
    from = end;
  }
}

/**
 * An epoch over a source, read once: its parts in random order, shuffled within windows of at most `windowBytes`.
 *
 * @throws InterruptedError when the signal is raised.
 */
export async function* streamedMinibatches(
  source: FeatureSource,
  options: MinibatchOptions & { readonly windowBytes?: number | undefined },
): AsyncGenerator<Minibatch, void> {
  const { batch, random, signal, windowBytes = WINDOW_BYTES } = options;
  const { features } = source;
  const most = Math.max(batch, Math.floor(windowBytes / (4 * features)));
  for await (const window of windowsOf(source, { random, ends: evenEnds(source.rows, most) })) {
    let from = 0;
    for (const end of evenEnds(window.rows.length, batch)) {
      yield {
        rows: window.rows.subarray(from, end),
        values: window.values.subarray(from * features, end * features),
      };
      await heard(signal);
      from = end;
    }
  }
}

/** Windows whose rows have been put at random places while they were read: no second copy shuffles them. */
async function* windowsOf(
  source: FeatureSource,
  { random, ends }: { readonly random: RandomStream; readonly ends: readonly number[] },
): AsyncGenerator<Minibatch, void> {
  const { features } = source;
  const widest = Math.max(...ends.map((end, at) => end - (ends[at - 1] ?? 0)));
  let values: FeatureValues | undefined;
  let window = 0;
  let filled = 0;
  let rows = new Int32Array(0);
  let places = rows;
  for await (const { start, block } of placedBlocks(source, random)) {
    values ??= emptyLike(block.values, widest * features);
    for (let taken = 0; taken < block.rows; taken++) {
      if (filled === 0) {
        const end = ends[window];
        if (end === undefined) throw new Error(`a source has more rows than announced: ${source.rows}`);
        rows = new Int32Array(end - (ends[window - 1] ?? 0));
        places = shuffle(
          rows.map((_, at) => at),
          random,
        );
      }
      const place = places[filled]!;
      rows[place] = start + taken;
      values.set(rowOf(block, taken, features), place * features);
      filled += 1;
      if (filled < rows.length) continue;
      yield { rows, values };
      window += 1;
      filled = 0;
    }
  }
  if (filled > 0 || window < ends.length)
    throw new Error(`a source has fewer rows than announced: ${source.rows}`);
}

/** The blocks of a source, its parts in random order, with the row that each begins with. */
async function* placedBlocks(
  source: FeatureSource,
  random: RandomStream,
): AsyncGenerator<{ start: number; block: FeatureBlock }, void> {
  const parts = source.parts ?? [source.rows];
  const starts = startsOf(parts);
  const order = shuffle([...parts.keys()], random);
  let [place, row] = [0, 0];
  for await (const block of source.blocks({ order })) {
    while (row >= parts[order[place]!]!) [place, row] = [place + 1, 0];
    yield { start: starts[order[place]!]! + row, block };
    row += block.rows;
  }
}

function emptyLike(values: FeatureValues | undefined, length: number): FeatureValues {
  return values instanceof Uint16Array ? new Uint16Array(length) : new Float32Array(length);
}

function rowOf({ values }: FeatureBlock, row: number, features: number): FeatureValues {
  return values.subarray(row * features, (row + 1) * features);
}

/** The last block that begins at or before a row. */
function blockOf(starts: readonly number[], row: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
