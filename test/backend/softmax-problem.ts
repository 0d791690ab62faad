import fc from 'fast-check';
import type { NativeRows } from '../../src/backend/softmax.js';
import { fromFloat16, toFloat16 } from '../../src/store/float16.js';

/** What a problem for the kernels is made of. `split` is the part of the rows that lies in the first of its two blocks. */
export interface Case {
  readonly rows: number;
  readonly features: number;
  readonly classes: number;
  readonly halves: boolean;
  readonly threads: number;
  readonly seed: number;
  readonly split: number;
  readonly picked: boolean;
}

/** Cases of every kind that the kernels tell apart. */
export const cases = fc.record({
  rows: fc.integer({ min: 1, max: 130 }),
  features: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 48, max: 70 })),
  // From 32 columns on products are computed on tiles, where there are any.
  classes: fc.oneof(fc.integer({ min: 2, max: 31 }), fc.integer({ min: 32, max: 70 })),
  halves: fc.boolean(),
  threads: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
  split: fc.double({ min: 0, max: 1, noNaN: true }),
  picked: fc.boolean(),
});

/** Numbers of -2 ... 2, the same for the same seed. */
export function waves(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => 2 * Math.sin(seed + at * (1 + (seed % 7))));
}

/** Rows (rows, features) as the kernels take them, and standardised as `all`; labels, -1 for none; weights (features + 1, classes). */
export function problemOf({ rows, features, classes, halves, seed, split, picked }: Case) {
  const drawn = waves(rows * features, seed);
  const bits = new Uint16Array(drawn.length);
  toFloat16(drawn, bits);
  const stored = halves ? bits : drawn;
  const values = halves ? fromFloat16(bits) : drawn;
  const cut = Math.floor(split * rows) * features;
  const mean = Float32Array.from({ length: features }, (_, at) => 0.1 * at);
  const native: NativeRows = {
    blocks: [stored.subarray(0, cut), stored.subarray(cut)],
    ...{ features, start: 0, high: mean, low: new Float32Array(features), mean: Float64Array.from(mean) },
    ...{ inverse: new Float32Array(features).fill(0.7), scale: new Float64Array(features).fill(0.7) },
    extreme: false,
    ...(picked ? { picks: Int32Array.from({ length: rows >> 1 }, (_, at) => (2 * at + seed) % rows) } : {}),
  };
  const all = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: features }, (_, at) => (values[row * features + at]! - mean[at]!) * 0.7),
  );
  const chosen = native.picks === undefined ? all.map((_, row) => row) : [...native.picks];
  const labels = Int32Array.from({ length: rows }, (_, row) => (row % 5 === 3 ? -1 : (row * 7) % classes));
  const weights = waves((features + 1) * classes, seed + 1).map((value) => value / 4);
  return { native, all, chosen, labels, weights };
}

/** Logits and probabilities of a standardised row, in float64. */
export function softmaxOf(row: readonly number[], weights: Float32Array, classes: number) {
  const logits = Array.from({ length: classes }, (_, column) =>
    [...row, 1].reduce((sum, value, at) => sum + value * weights[at * classes + column]!, 0),
  );
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((a, b) => a + b);
  return { logits, probabilities: powers.map((power) => power / total) };
}
