import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** What seeds a stream: every part counts, and so does their order. */
export type SeedPart = string | number;

/** A stream of random numbers, the same on every machine for the same seed parts. */
export interface RandomStream {
  /** A number in [0, 1). */
  uniform(): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
}

function digest(parts: readonly SeedPart[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

/**
 * A stream of its own for each list of seed parts: `randomStream(seed, 'glyphs', 'train', 17)`.
 * xoroshiro128+ whose 128-bit state is the head of sha256(JSON of the parts).
 */
export function randomStream(...parts: SeedPart[]): RandomStream {
  const hash = digest(parts);
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => hash.readInt32LE(at) | 0));
  return {
    uniform: () => uniformFloat64(generator),
    integer: (low, high) => uniformInt(generator, low, high),
  };
}

/** A number in [0, 1) that depends on the parts alone: the same whatever else is in the data set. */
export function hashFraction(...parts: SeedPart[]): number {
  return digest(parts).readUIntBE(0, 6) / 2 ** 48;
}

/** Shuffles `values` in place (Fisher-Yates) and returns them. */
export function shuffle<T extends { length: number; [index: number]: unknown }>(
  values: T,
  random: RandomStream,
): T {
  for (let last = values.length - 1; last > 0; last--) {
    const other = random.integer(0, last);
    const held = values[last];
    values[last] = values[other];
    values[other] = held;
  }
  return values;
}

/** `count` different whole numbers below `total`, in increasing order; all of them when `count >= total`. */
export function sampleIndices(count: number, total: number, random: RandomStream): Int32Array {
  if (count >= total) return Int32Array.from({ length: total }, (_, index) => index);
  const chosen = new Set<number>();
  // Floyd's algorithm: every subset of that size is equally likely, with `count` draws.
  for (let top = total - count; top < total; top++) {
    const draw = random.integer(0, top);
    chosen.add(chosen.has(draw) ? top : draw);
  }
  return Int32Array.from(chosen).sort();
}
