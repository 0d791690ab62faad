import type { RandomStream } from '../../src/random.js';

/** The largest shift in pixels, in each direction. */
const MAX_SHIFT = 2;

const CHANNEL_ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/**
 * Writes a changed copy of one image as x / 127.5 - 1: shifted by up to two pixels (the edge is repeated), with its
 * colour channels in another order. Neither changes the class.
 */
export function augmentInto(
  target: Float32Array,
  image: Uint8Array,
  { size, random }: { size: number; random: RandomStream },
): void {
  const right = random.integer(-MAX_SHIFT, MAX_SHIFT);
  const down = random.integer(-MAX_SHIFT, MAX_SHIFT);
  const order = CHANNEL_ORDERS[random.integer(0, CHANNEL_ORDERS.length - 1)] ?? CHANNEL_ORDERS[0];
  const inside = (at: number): number => Math.max(0, Math.min(size - 1, at));
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = (inside(y - down) * size + inside(x - right)) * 3;
      for (const channel of order) target[at++] = (image[from + channel] ?? 0) / 127.5 - 1;
    }
  }
}
