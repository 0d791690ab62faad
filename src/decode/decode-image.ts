import type { EncodedImage, SourceImage } from '../dataset/dataset.js';
import type { Json } from '../fingerprint.js';
import { type Geometry, imageBytes } from './geometry.js';
import { type Pixels, placePixels } from './place-pixels.js';
import { READ_IDENTITY, readPixels } from './read-pixels.js';
import { resample } from './resample.js';
import { type ResizePlan, resizePlan, type Size } from './resize-plan.js';
import { UndecodableImageError, undecodable } from './undecodable.js';

/** How images are decoded and resized, for the fingerprint: anything here that changes may change pixels. */
export const DECODE_IDENTITY: { readonly [name: string]: Json } = {
  ...READ_IDENTITY,
  resize: 'pillow-13: torchvision sizes, central crop, BT.601 grey',
};

/** Bounds against files made to exhaust memory. */
export interface DecodeLimits {
  /** Pixels of the source image, and of the image it is resized to before cropping. */
  readonly maxPixels?: number;
  /** Bytes of the encoded file. */
  readonly maxBytes?: number;
}

/** The largest image that is decoded, 268 megapixels, and the largest file that is read, 256 MiB. */
export const DEFAULT_DECODE_LIMITS = { maxPixels: 2 ** 28, maxBytes: 2 ** 28 } as const;

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

/** Resamples and crops as planned; an image that already has the right size is taken as it is. */
async function shaped(
  source: Pixels,
  plan: ResizePlan,
  { channels, kernel, ...target }: Geometry,
  into: Uint8Array,
) {
  const { resized, kept, left, top } = plan;
  const { width, height } = kept;
  const place = (pixels: Pixels) => placePixels(pixels, { ...target, channels, into, left, top });
  if (sameSize(source, resized) && sameSize(source, kept)) return place(source);
  const request = { source, resized, kept, kernel };
  if (sameSize(kept, target) && source.channels === channels) return await resample(request, into);
  const data = new Uint8Array(width * height * source.channels);
  await resample(request, data);
  place({ data, width, height, channels: source.channels });
}

async function openEncoded({ bytes }: EncodedImage, { maxPixels, maxBytes }: Required<DecodeLimits>) {
  if (bytes.length === 0) throw new UndecodableImageError('empty file');
  if (bytes.length > maxBytes) throw new UndecodableImageError(`larger than ${maxBytes} bytes`);
  try {
    return await readPixels(bytes, maxPixels);
  } catch (error) {
    throw error instanceof UndecodableImageError ? error : undecodable(error, maxPixels);
  }
}

/**
 * Decodes one image into `into` ({@link imageBytes} of them: rows from the top, RGB or grey) and returns the
 * source's own size, turned as its EXIF orientation says. The format (JPEG, PNG, WebP, GIF, TIFF, AVIF
 * or SVG) is told by content. Pixels are those of
 * Pillow's `convert('RGB')`: embedded profiles are ignored, alpha is dropped (not blended), of an animation the first frame counts;
 * 16 bits become 8, floats of 0 to 1 too. An image that already has the right size is not resampled.
 *
 * @throws UndecodableImageError for anything that is not a whole image within the limits, or whose samples have no certain
 * place in 0 ... 255; `into` is then undefined.
 */
export async function decodeImage(
  source: SourceImage,
  geometry: Geometry,
  into: Uint8Array,
  limits: DecodeLimits = {},
): Promise<Size> {
  if (into.length !== imageBytes(geometry))
    throw new RangeError(`decoded image needs ${imageBytes(geometry)} bytes, not ${into.length}`);
  const bounds = { ...DEFAULT_DECODE_LIMITS, ...limits };
  const pixels = source.kind === 'encoded' ? await openEncoded(source, bounds) : source;
  const { width, height } = pixels;
  const plan = resizePlan(pixels, geometry);
  if (plan.resized.width * plan.resized.height > bounds.maxPixels)
    throw new UndecodableImageError(`too narrow to be resized: ${width} x ${height}`);
  await shaped(pixels, plan, geometry, into);
  return { width, height };
}
