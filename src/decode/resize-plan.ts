// An image of W x H pixels is scaled by one factor (two for `stretch`) so that it fills, or fits in, a box of
// (width / crop) x (height / crop); what is centred in the resized image and the target alike is kept:
//   cover    factor = max(box width / W, box height / H)      the shortest side becomes size / crop
//   contain  factor = min(box width / W, box height / H)      what is missing at the edges stays black
//   stretch  both factors, each on its own
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

function scaled(source: Size, factor: number): Size {
  return {
    width: Math.max(1, Math.round(source.width * factor)),
    height: Math.max(1, Math.round(source.height * factor)),
  };
}

function resizedSize(source: Size, { width, height, crop, resize }: Geometry): Size {
  const box = { width: Math.round(width / crop), height: Math.round(height / crop) };
  if (resize === 'stretch') return box;
  const factors = [box.width / source.width, box.height / source.height];
  return scaled(source, resize === 'cover' ? Math.max(...factors) : Math.min(...factors));
}

/** One axis: the central part of `from` pixels that `to` pixels hold, and where it goes. */
function centred(from: number, to: number): { kept: number; start: number; at: number } {
  const kept = Math.min(from, to);
  return { kept, start: Math.floor((from - kept) / 2), at: Math.floor((to - kept) / 2) };
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
