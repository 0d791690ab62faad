import { hash } from 'node:crypto';
import pLimit from 'p-limit';
import type { SourceImage } from '../dataset/dataset.js';
import type { Split } from '../split.js';
import { type DecodeLimits, decodeImage } from './decode-image.js';
import { type Geometry, imageBytes } from './geometry.js';
import { PixelBuffers } from './pixel-buffers.js';
import { UndecodableImageError } from './undecodable.js';

/** One sample of the data set. */
export interface Slot {
  readonly split: Split;
  readonly index: number;
}

/** One batch for the model: up to `batch` samples in order. Callers may add fields of their own. */
export interface DecodeJob {
  readonly slots: readonly Slot[];
}

/** What became of one sample. Width and height are the source's own; the sha256 is of its bytes as they were read. */
export type DecodedSample =
  | { readonly status: 'ok'; readonly width: number; readonly height: number; readonly sourceSha256: string }
  | { readonly status: 'quarantined'; readonly reason: string; readonly sourceSha256: string | null };

/** A decoded batch. */
export interface DecodedBatch<J extends DecodeJob> {
  readonly job: J;
  /** (batch, height, width, channels); zero in slots that are unused or quarantined. The caller's own until `release`. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** One for each of the job's slots, in their order. */
  readonly samples: readonly DecodedSample[];
  /** Hands `pixels` on to a later batch: they must not be read any more. Without it, later batches take new memory. */
  release(): void;
}

/** How batches are read and decoded. */
export interface BatchOptions {
  readonly geometry: Geometry;
  /** The model's batch: slots in every `pixels`. */
  readonly batch: number;
  readonly read: (split: Split, index: number) => Promise<SourceImage>;
  /** How many images are read and decoded at once. */
  readonly concurrency?: number;
  /** How many batches are decoded ahead of the one in use. */
  readonly lookahead?: number;
  readonly limits?: DecodeLimits;
  /** Called when a batch is decoded, with the times of its first and last image on the clock of `performance.now`. */
  readonly onDecoded?: (start: number, end: number, images: number) => void;
  /** Ends the batches with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The machine has run out of something, or lost a mount: no fault of the sample at hand. */
const NOT_OF_THE_SAMPLE = new Set([
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ESTALE',
  'ENOTCONN',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENODEV',
]);

/** The code of a file system error that concerns this one sample. */
function unreadableCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno } = error as NodeJS.ErrnoException;
  if (code === 'ERR_FS_FILE_TOO_LARGE') return code;
  return typeof errno === 'number' && code !== undefined && !NOT_OF_THE_SAMPLE.has(code) ? code : undefined;
}

function sha256(source: SourceImage): string {
  return hash('sha256', source.kind === 'encoded' ? source.bytes : source.data);
}

async function decodeSource(
  source: SourceImage,
  into: Uint8Array,
  { geometry, limits }: BatchOptions,
): Promise<DecodedSample> {
  const sourceSha256 = sha256(source);
  try {
    return { status: 'ok', ...(await decodeImage(source, geometry, into, limits)), sourceSha256 };
  } catch (error) {
    if (!(error instanceof UndecodableImageError)) throw error;
    into.fill(0);
    return { status: 'quarantined', reason: error.reason, sourceSha256 };
  }
}

async function decodeSlot(slot: Slot, into: Uint8Array, options: BatchOptions): Promise<DecodedSample> {
  let source: SourceImage;
  try {
    source = await options.read(slot.split, slot.index);
  } catch (error) {
    const code = unreadableCode(error);
    if (code === undefined) throw error;
    into.fill(0);
    return { status: 'quarantined', reason: `unreadable: ${code}`, sourceSha256: null };
  }
  return decodeSource(source, into, options);
}

/** Waits for all, so that nothing runs on after an error, and throws the first error by order. */
async function allInOrder<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function* each<J>(jobs: AsyncIterable<J> | Iterable<J>): AsyncGenerator<J, void> {
  yield* jobs;
}

/** Starts decoding a batch; at most `concurrency` images of all batches are under way at once. */
function decoder<J extends DecodeJob>(options: BatchOptions, signal: AbortSignal) {
  const limit = pLimit(options.concurrency ?? 4);
  const bytes = imageBytes(options.geometry);
  const buffers = new PixelBuffers(options.batch * bytes);
  return async (job: J): Promise<DecodedBatch<J>> => {
    if (job.slots.length > options.batch)
      throw new RangeError(`a batch holds ${options.batch} slots, not ${job.slots.length}`);
    const pixels = buffers.take().fill(0, job.slots.length * bytes);
    let start: number | undefined;
    const decode = (slot: Slot, at: number) =>
      limit(() => {
        signal.throwIfAborted();
        start ??= performance.now();
        return decodeSlot(slot, pixels.subarray(at * bytes, (at + 1) * bytes), options);
      });
    const samples = await allInOrder(job.slots.map(decode));
    options.onDecoded?.(start ?? performance.now(), performance.now(), samples.length);
    return { job, pixels, samples, release: once(() => buffers.giveBack(pixels)) };
  };
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

/**
 * Decodes batches in order, at most `lookahead` of them ahead of the caller. Samples that cannot be read or decoded
 * are quarantined in their place; any other error ends the batches, the first by order whatever the concurrency.
 *
 * @throws the signal's reason once it is aborted.
 */
export async function* decodedBatches<J extends DecodeJob>(
  jobs: AsyncIterable<J> | Iterable<J>,
  options: BatchOptions,
): AsyncGenerator<DecodedBatch<J>, void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const start = decoder<J>(options, signal);
  const source = each(jobs);
  const ahead: Promise<DecodedBatch<J>>[] = [];
  let ended = false;
  const fill = async (count: number) => {
    while (!ended && ahead.length < count) {
      const next = await source.next();
      if (next.done) ended = true;
      else ahead.push(settledLater(start(next.value)));
    }
  };
  try {
    for (;;) {
      signal.throwIfAborted();
      await fill(1);
      const first = ahead[0];
      if (first === undefined) return;
      await fill(1 + (options.lookahead ?? 2));
      const batch = await first;
      void ahead.shift();
      yield batch;
    }
  } finally {
    stop.abort();
    await Promise.allSettled(ahead);
    await source.return();
  }
}

/** Marks a rejection as handled: it is thrown when the batch's turn comes, or not at all. */
function settledLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
