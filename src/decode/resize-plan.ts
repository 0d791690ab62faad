// An image of W x H pixels is resized for a box of floor(width / crop) x floor(height / crop) pixels:
//   cover    of a square box: the shorter side becomes the box's, the longer one int(box * longer / shorter), truncated, as
//            torchvision's Resize of one number; of any other box: both sides are divided by min(W / box width, H / box height)
//            and rounded, half to even, as timm's ResizeKeepRatio
//   contain  both sides are divided by max(W / box width, H / box height) and rounded, as timm's ResizeKeepRatio(longest=1)
//   stretch  the box
// What is centred in the resized image is kept, from round((resized - length) / 2) on, half to even: torchvision's
// center_crop; where the image is smaller than the target, floor((length - resized) / 2) black pixels come before it.
import type { Geometry } from './geometry.js';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What to do with an image of one size to get it into a geometry. */
export interface ResizePlan {
  /** The size to resample the whole image to; the source's own size means that nothing is resampled. */
  readonly resized: Size;
  /** The part of the resized image that is kept. */
  readonly kept: Size & { readonly left: number; readonly top: number };
  /** Where the kept part goes in the target. */
  readonly left: number;
  readonly top: number;
}

/** Rounds as Python does: halves to the even neighbour. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** The resized length of which `length` is the central part. What a quotient of whole numbers loses in division is no pixel. */
function uncropped(length: number, crop: number): number {
  return Math.floor(length / crop + 1e-6);
}

function coveringSquare({ width, height }: Size, side: number): Size {
  return width <= height
    ? { width: side, height: Math.trunc((side * height) / width) }
    : { width: Math.trunc((side * width) / height), height: side };
}

function divided({ width, height }: Size, ratio: number): Size {
  return {
    width: Math.max(1, roundHalfToEven(width / ratio)),
    height: Math.max(1, roundHalfToEven(height / ratio)),
  };
}

function resizedSize(source: Size, { width, height, crop, resize }: Geometry): Size {
  const box = { width: uncropped(width, crop), height: uncropped(height, crop) };
  if (resize === 'stretch') return box;
  if (resize === 'cover' && box.width === box.height) return coveringSquare(source, box.width);
  const ratios = [source.width / box.width, source.height / box.height];
  return divided(source, resize === 'cover' ? Math.min(...ratios) : Math.max(...ratios));
}

/** One axis: the central part of `from` pixels that `to` pixels hold, and where it goes. */
function centred(from: number, to: number): { kept: number; start: number; at: number } {
  const kept = Math.min(from, to);
  return { kept, start: roundHalfToEven((from - kept) / 2), at: Math.floor((to - kept) / 2) };
}

/** Plans how an image of `source` pixels gets into `geometry`. */
export function resizePlan(source: Size, geometry: Geometry): ResizePlan {
  const resized = resizedSize(source, geometry);
  const across = centred(resized.width, geometry.width);
  const down = centred(resized.height, geometry.height);
  return {
    resized,
    kept: { width: across.kept, height: down.kept, left: across.start, top: down.start },
    left: across.at,
    top: down.at,
  };
}
