// How one axis of `from` pixels becomes one of `to`, to the bit as Pillow resizes (libImaging/Resample.c). Output i is
//
//   y(i) = sum_x w(x) p(x),   w(x) ~ filter((x - c(i) + 0.5) / max(scale, 1)),   c(i) = (i + 0.5) scale,   scale = from / to
//
// over the x within the filter's support times max(scale, 1) of c(i), so that shrinking is antialiased. The weights sum to
// one and are rounded to 22 fractional bits; sums are rounded and clipped to 8 bits after each axis.
import type { ResampleKernel } from './geometry.js';

/** Fractional bits of a weight. */
export const FRACTION_BITS = 22;
const ONE = 2 ** FRACTION_BITS;

/** A filter is even, and zero beyond its support. */
interface Filter {
  readonly support: number;
  readonly at: (x: number) => number;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** Keys' cubic with a = -1/2, as OpenCV's and PIL's `BICUBIC`, in Pillow's order of operations. */
function cubic(signed: number): number {
  const a = -0.5;
  const x = Math.abs(signed);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

const FILTERS: Readonly<Record<Exclude<ResampleKernel, 'nearest'>, Filter>> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, at: cubic },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** One axis to be resampled, and the part of its outputs that is wanted. */
export interface Axis {
  /** Pixels of the source. */
  readonly from: number;
  /** Pixels of the whole resized image. */
  readonly to: number;
  /** The first output that is kept, and how many. */
  readonly start: number;
  readonly kept: number;
  readonly kernel: ResampleKernel;
}

/**
 * The weights of an axis: `taps`, then the first source position of each output, then `taps` weights for each, in units of
 * 2^-22. Positions from a start on for `taps` pixels lie within the source.
 */
export type ResampleTable = Int32Array<ArrayBuffer>;

function emptyTable(taps: number, kept: number): ResampleTable {
  const table = new Int32Array(1 + kept * (1 + taps));
  table[0] = taps;
  return table;
}

/** One source pixel for each output: position i + 0.5 scaled, the scale added up step by step as Pillow does. */
function nearestTable({ from, to, start, kept }: Axis): ResampleTable {
  const table = emptyTable(1, kept);
  const scale = from / to;
  let position = scale * 0.5;
  for (let output = 0; output < start + kept; output++, position += scale) {
    if (output >= start) table[1 + output - start] = Math.min(from - 1, Math.floor(position));
  }
  return table.fill(ONE, 1 + kept);
}

function rounded(weight: number): number {
  return Math.trunc(weight * ONE + (weight < 0 ? -0.5 : 0.5));
}

/** The source pixels that an output reads, and their weights, which sum to one. */
interface Window {
  readonly first: number;
  readonly weights: readonly number[];
}

function windowAt(output: number, { from, to }: Axis, { support, at }: Filter): Window {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  const centre = (output + 0.5) * scale;
  const first = Math.max(0, Math.trunc(centre - reach + 0.5));
  const end = Math.min(from, Math.trunc(centre + reach + 0.5));
  const shorter = 1 / stretch;
  const values: number[] = [];
  let total = 0;
  for (let x = first; x < end; x++) {
    const value = at((x - centre + 0.5) * shorter);
    values.push(value);
    total += value;
  }
  return { first, weights: values.map((value) => value / total) };
}

/** The table of an axis; one that keeps its length is copied. */
export function resampleTable(axis: Axis): ResampleTable {
  const { from, to, start, kept, kernel } = axis;
  if (from === to || kernel === 'nearest') return nearestTable(axis);
  const filter = FILTERS[kernel];
  const windows = Array.from({ length: kept }, (_, output) => windowAt(start + output, axis, filter));
  const taps = Math.max(...windows.map(({ weights }) => weights.length));
  const table = emptyTable(taps, kept);
  for (const [output, { first, weights }] of windows.entries()) {
    const begin = Math.min(first, from - taps);
    table[1 + output] = begin;
    const row = 1 + kept + output * taps + first - begin;
    for (let x = 0; x < weights.length; x++) table[row + x] = rounded(weights[x]!);
  }
  return table;
}
