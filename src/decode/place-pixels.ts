import type { Size } from './resize-plan.js';

/** Decoded pixels: rows from the top, 8 bits, 1 (grey) or 3 (RGB) channels interleaved. */
export interface Pixels extends Size {
  readonly data: Uint8Array;
  readonly channels: number;
}

/** The image to be filled, and where in it the pixels go. */
export interface Target extends Size {
  readonly into: Uint8Array;
  readonly channels: 1 | 3;
  readonly left: number;
  readonly top: number;
}

/** ITU-R BT.601 luma in 16 bits, as PIL's `convert('L')` has it: the weights sum to 65536, so grey stays what it is. */
function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

function placeRow(row: Uint8Array, channels: number, out: Uint8Array, outChannels: 1 | 3): void {
  if (channels === outChannels) {
    out.set(row);
  } else if (outChannels === 3) {
    for (let at = 0; at < row.length; at++) out.fill(row[at]!, at * 3, at * 3 + 3);
  } else {
    for (let at = 0; at < out.length; at++) {
      out[at] = luma(row[at * 3]!, row[at * 3 + 1]!, row[at * 3 + 2]!);
    }
  }
}

/** Copies pixels into a target, grey to RGB or RGB to grey where they differ; the rest of the target becomes black. */
export function placePixels(pixels: Pixels, target: Target): void {
  const { into, left, top, width, channels } = target;
  if (pixels.width !== width || pixels.height !== target.height) into.fill(0);
  if (pixels.width === width && pixels.channels === channels) {
    into.set(pixels.data, top * width * channels);
    return;
  }
  const rowBytes = pixels.width * pixels.channels;
  for (let row = 0; row < pixels.height; row++) {
    const at = ((top + row) * width + left) * channels;
    placeRow(
      pixels.data.subarray(row * rowBytes, (row + 1) * rowBytes),
      pixels.channels,
      into.subarray(at, at + pixels.width * channels),
      channels,
    );
  }
}
