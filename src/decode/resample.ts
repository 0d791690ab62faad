// Pillow's separable resampling: one axis after the other, each by a table of weights, 8 bits between them.
import { type NativeResample, nativeResample } from '../backend/native-resample.js';
import type { ResampleKernel } from './geometry.js';
import type { Pixels } from './place-pixels.js';
import { FRACTION_BITS, type ResampleTable, resampleTable } from './resample-table.js';
import type { ResizePlan } from './resize-plan.js';

const HALF = 2 ** (FRACTION_BITS - 1);

/** An image to be resampled, and the part of the result that is wanted. */
export interface ResampleRequest extends Pick<ResizePlan, 'resized' | 'kept'> {
  readonly source: Pixels;
  readonly kernel: ResampleKernel;
}

function clipped(sum: number): number {
  return Math.min(255, Math.max(0, sum >> FRACTION_BITS));
}

/** Where values lie: `count` rows of them, each value `next` after the one before, rows `stride` apart. */
interface Lines {
  readonly data: Uint8Array;
  readonly count: number;
  readonly stride: number;
  readonly next: number;
}

/** Resamples along lines: for every line and channel, output o is the sum of taps at start(o) ... of its line. */
function alongLines(from: Lines, table: ResampleTable, channels: number, to: Lines): void {
  const taps = table[0]!;
  const outputs = (table.length - 1) / (taps + 1);
  for (let output = 0; output < outputs; output++) {
    const start = table[1 + output]! * from.next;
    const weights = 1 + outputs + output * taps;
    for (let line = 0; line < from.count; line++) {
      for (let channel = 0; channel < channels; channel++) {
        let at = line * from.stride + start + channel;
        let sum = HALF;
        for (let tap = 0; tap < taps; tap++, at += from.next) sum += from.data[at]! * table[weights + tap]!;
        to.data[line * to.stride + output * to.next + channel] = clipped(sum);
      }
    }
  }
}

interface Passes {
  readonly source: Pixels;
  readonly across: ResampleTable;
  readonly down: ResampleTable;
  readonly kept: ResizePlan['kept'];
}

/** Lines are rows; values of a line are pixels. */
function rows(data: Uint8Array, width: number, height: number, channels: number): Lines {
  return { data, count: height, stride: width * channels, next: channels };
}

/** Lines are single values of a row, seen as images of one channel; values of a line are below each other. */
function columns(data: Uint8Array, width: number, channels: number): Lines {
  return { data, count: width * channels, stride: 1, next: width * channels };
}

function acrossThenDown({ source, across, down, kept }: Passes, into: Uint8Array): void {
  const { data, width, height, channels } = source;
  const between = new Uint8Array(kept.width * height * channels);
  alongLines(
    rows(data, width, height, channels),
    across,
    channels,
    rows(between, kept.width, height, channels),
  );
  alongLines(columns(between, kept.width, channels), down, 1, columns(into, kept.width, channels));
}

function downThenAcross({ source, across, down, kept }: Passes, into: Uint8Array): void {
  const { data, width, channels } = source;
  const between = new Uint8Array(width * kept.height * channels);
  alongLines(columns(data, width, channels), down, 1, columns(between, width, channels));
  alongLines(
    rows(between, width, kept.height, channels),
    across,
    channels,
    rows(into, kept.width, kept.height, channels),
  );
}

/** Pillow 13 shrinks the height first where that takes away more than twice as many rows as the width loses columns. */
function isDownFirst({ source, resized }: ResampleRequest): boolean {
  return (
    resized.height < source.height && source.height - resized.height > 2 * (source.width - resized.width)
  );
}

/**
 * Resamples an image as Pillow 13 does, to the bit, and keeps a part of the result. Earlier versions take the width first
 * always: where it does not, they are off by roundings.
 *
 * @param into - (kept height, kept width, channels), written whole.
 * @param native - null computes in JavaScript: the same bytes, while nothing else happens.
 */
export async function resample(
  request: ResampleRequest,
  into: Uint8Array,
  native: NativeResample | null = nativeResample() ?? null,
): Promise<void> {
  const { source, resized, kept, kernel } = request;
  const across = resampleTable({
    ...{ from: source.width, to: resized.width, kernel },
    ...{ start: kept.left, kept: kept.width },
  });
  const down = resampleTable({
    ...{ from: source.height, to: resized.height, kernel },
    ...{ start: kept.top, kept: kept.height },
  });
  const downFirst = isDownFirst(request);
  if (native !== null)
    return await native.resample(source.data, source.width, source.channels, across, down, downFirst, into);
  const passes = { source, across, down, kept };
  if (downFirst) downThenAcross(passes, into);
  else acrossThenDown(passes, into);
}
