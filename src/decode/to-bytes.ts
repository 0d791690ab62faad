import type { GifFrame } from './gif-frame.js';
import { UndecodableImageError } from './undecodable.js';

/** Values beyond 0 ... 1 by rounding alone. */
const SLACK = 1e-6;

function shown(value: number): string {
  return String(Number(value.toPrecision(7)));
}

/**
 * Float samples of 0 ... 1 as round(255 x). No other range says where white is.
 *
 * @throws UndecodableImageError naming the range of any other samples.
 */
export function floatsToBytes(samples: Float32Array): Uint8Array {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const sample of samples) {
    if (Number.isNaN(sample)) throw new UndecodableImageError('float samples that are not numbers');
    if (sample < least) least = sample;
    if (sample > most) most = sample;
  }
  if (least < -SLACK || most > 1 + SLACK)
    throw new UndecodableImageError(
      `float samples of ${shown(least)} to ${shown(most)} (expected within 0 to 1)`,
    );
  return Uint8Array.from(samples, (sample) => Math.round(255 * sample));
}

/** a b / 255, rounded, as Pillow computes it. */
function product(a: number, b: number): number {
  const whole = a * b + 128;
  return ((whole >> 8) + whole) >> 8;
}

/** Ink (pixels, 4: cyan, magenta, yellow, black, 0 none) as RGB (pixels, 3), by Pillow's cmyk2rgb: no profile. */
export function inkToRgb(ink: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((ink.length / 4) * 3);
  for (let at = 0, out = 0; at < ink.length; at += 4, out += 3) {
    const light = 255 - ink[at + 3]!;
    for (let colour = 0; colour < 3; colour++)
      rgb[out + colour] = Math.max(0, light - product(ink[at + colour]!, light));
  }
  return rgb;
}

/**
 * A GIF's RGBA (height, width, 4) as RGB (height, width, 3): the frame's own colour where it is transparent and outside of it.
 *
 * @param width - of the image, in pixels.
 */
export function framedToRgb(rgba: Uint8Array, width: number, frame: GifFrame | undefined): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let pixel = 0; pixel < rgba.length / 4; pixel++) {
    const [at, out] = [pixel * 4, pixel * 3];
    if (frame !== undefined && (rgba[at + 3] === 0 || !isInside(frame, pixel % width, pixel / width)))
      rgb.set(frame.colour, out);
    else for (let channel = 0; channel < 3; channel++) rgb[out + channel] = rgba[at + channel]!;
  }
  return rgb;
}

function isInside({ left, top, width, height }: GifFrame, x: number, y: number): boolean {
  return x >= left && x < left + width && y >= top && y < top + height;
}

/** Stretches 16 ... 235 to 0 ... 255 in place, rounded and clipped (ITU-R BT.601). */
export function limitedToFull(samples: Uint8Array): void {
  for (let at = 0; at < samples.length; at++)
    samples[at] = Math.min(255, Math.max(0, Math.round(((samples[at]! - 16) * 255) / 219)));
}
