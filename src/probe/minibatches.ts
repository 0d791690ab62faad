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
import { letEventsThrough } from './row-passes.js';

/** Rows in random order, cut into minibatches. Its arrays are valid until the next one is asked for. */
export interface Window {
  /** The numbers of its rows in the split. */
  readonly rows: Int32Array;
  /** (rows, features), row by row, as stored. */
  readonly values: FeatureValues;
  /** The place after the last row of each minibatch. */
  readonly ends: Int32Array;
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
export function evenEnds(count: number, most: number): Int32Array {
  const runs = Math.ceil(count / Math.max(1, most));
  return Int32Array.from({ length: runs }, (_, run) => Math.floor((count * (run + 1)) / runs));
}

/** An epoch over rows in memory, shuffled as a whole: the numbers of the rows in order, and where minibatches end. */
export function shuffledRows(
  rows: number,
  { batch, random }: MinibatchOptions,
): Pick<Window, 'rows' | 'ends'> {
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  return { rows: shuffle(order, random), ends: evenEnds(rows, batch) };
}

/**
 * An epoch over a source, read once: its parts in random order, shuffled within windows of at most `windowBytes`.
 *
 * @throws InterruptedError when the signal is raised.
 */
export async function* streamedWindows(
  source: FeatureSource,
  options: MinibatchOptions & { readonly windowBytes?: number | undefined },
): AsyncGenerator<Window, void> {
  const { batch, random, signal, windowBytes = WINDOW_BYTES } = options;
  const { features } = source;
  const most = Math.max(batch, Math.floor(windowBytes / (4 * features)));
  for await (const { rows, values } of windowsOf(source, { random, ends: evenEnds(source.rows, most) })) {
    yield { rows, values: values.subarray(0, rows.length * features), ends: evenEnds(rows.length, batch) };
    await letEventsThrough(signal);
  }
}

/** Windows whose rows have been put at random places while they were read: no second copy shuffles them. */
async function* windowsOf(
  source: FeatureSource,
  { random, ends }: { readonly random: RandomStream; readonly ends: Int32Array },
): AsyncGenerator<Pick<Window, 'rows' | 'values'>, void> {
  const { features } = source;
  const widest = ends.reduce((most, end, at) => Math.max(most, end - (ends[at - 1] ?? 0)), 0);
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
