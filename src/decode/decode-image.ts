import sharp, { type OutputInfo, type Sharp } from 'sharp';
import type { EncodedImage, PixelImage, SourceImage } from '../dataset/dataset.js';
import type { Json } from '../fingerprint.js';
import { type Geometry, imageBytes } from './geometry.js';
import { plainJpegSize } from './jpeg-size.js';
import { placePixels } from './place-pixels.js';
import { type ResizePlan, resizePlan, type Size } from './resize-plan.js';

// Nothing is decoded twice, so a cache only holds memory; images run side by side, so one thread each is enough.
sharp.cache(false);
sharp.concurrency(1);

/** The resampling filter: a triangle as wide as the shrink (bilinear with antialiasing, as PIL and torchvision have it). */
const KERNEL = 'linear';

/** How images are decoded and resized, for the fingerprint: anything here that changes may change pixels. */
export const DECODE_IDENTITY: { readonly [name: string]: Json } = {
  recipe:
    'sharp-1: first frame, EXIF orientation, sRGB 8 bit, alpha dropped, resize, central crop, BT.601 grey',
  kernel: KERNEL,
  libvips: sharp.versions.vips,
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

/** An image that cannot be decoded. `reason` is short and the same on every machine and at any concurrency. */
export class UndecodableImageError extends Error {
  override readonly name = 'UndecodableImageError';
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`image cannot be decoded: ${reason}`, options);
  }
}

/**
 * Turns what the image library threw into a short reason. libvips keeps one error text for all threads, so that
 * the text of one image can turn up at another: only sharp's own messages are told apart.
 */
function undecodable(error: unknown, maxPixels: number): UndecodableImageError {
  const message = error instanceof Error ? error.message : '';
  const options = { cause: error };
  if (message.includes('unsupported image format'))
    return new UndecodableImageError('not an image of a known format', options);
  if (message.includes('exceeds pixel limit'))
    return new UndecodableImageError(`more than ${maxPixels} pixels`, options);
  return new UndecodableImageError('damaged or truncated image', options);
}

interface Raw {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

function raw(pipeline: Sharp): Promise<Raw> {
  return pipeline
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
}

function reopened({ data, info: { width, height, channels } }: Raw): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

/** Resamples and crops as planned; leaves out what would change nothing. */
function shaped(pipeline: Sharp, source: Size, { resized, kept }: ResizePlan): Sharp {
  const whole = sameSize(source, resized)
    ? pipeline
    : pipeline.resize({ ...resized, fit: 'fill', kernel: KERNEL, fastShrinkOnLoad: false });
  return sameSize(kept, resized) ? whole : whole.extract(kept);
}

interface Opened {
  readonly pipeline: Sharp;
  readonly size: Size;
}

function isTooLarge({ resized }: ResizePlan, maxPixels: number): boolean {
  return resized.width * resized.height > maxPixels;
}

/** Reads the header, and all of the image where it has alpha: resizing would weigh the colours by it. */
async function openEncoded(bytes: Uint8Array, geometry: Geometry, maxPixels: number): Promise<Opened> {
  const options = { failOn: 'error', autoOrient: true, limitInputPixels: maxPixels } as const;
  const pipeline = sharp(bytes, options);
  const plain = plainJpegSize(bytes);
  // What will be refused for its size is opened by the decoder first: it might be refused as damaged.
  if (plain !== undefined && !isTooLarge(resizePlan(plain, geometry), maxPixels))
    return { size: plain, pipeline };
  const { autoOrient: size, hasAlpha } = await sharp(bytes, options).metadata();
  const resampled = !sameSize(size, resizePlan(size, geometry).resized);
  return { size, pipeline: hasAlpha && resampled ? reopened(await raw(pipeline)) : pipeline };
}

async function open(source: SourceImage, geometry: Geometry, maxPixels: number): Promise<Opened> {
  if (source.kind === 'encoded') return openEncoded(source.bytes, geometry, maxPixels);
  const { data, width, height, channels } = source;
  return { size: { width, height }, pipeline: sharp(data, { raw: { width, height, channels } }) };
}

async function decodeWithSharp(
  source: SourceImage,
  { geometry, into, maxPixels }: { geometry: Geometry; into: Uint8Array; maxPixels: number },
): Promise<Size> {
  const { pipeline, size } = await open(source, geometry, maxPixels);
  const plan = resizePlan(size, geometry);
  if (isTooLarge(plan, maxPixels))
    throw new UndecodableImageError(`too narrow to be resized: ${size.width} x ${size.height}`);
  const { data, info } = await raw(shaped(pipeline, size, plan));
  placePixels({ data, ...info }, { ...geometry, into, left: plan.left, top: plan.top });
  return { width: size.width, height: size.height };
}

function checkEncoded({ bytes }: EncodedImage, maxBytes: number): void {
  if (bytes.length === 0) throw new UndecodableImageError('empty file');
  if (bytes.length > maxBytes) throw new UndecodableImageError(`larger than ${maxBytes} bytes`);
}

function fits(source: PixelImage, geometry: Geometry): boolean {
  return sameSize(source, geometry) && sameSize(source, resizePlan(source, geometry).resized);
}

/**
 * Decodes one image into `into` ({@link imageBytes} of them: rows from the top, RGB or grey) and returns the
 * source's own size, turned as its EXIF orientation says. The format goes by content: any that sharp reads; CMYK and embedded
 * profiles become sRGB, 16 bits become 8, alpha is dropped (not blended), of an animation the first frame counts.
 * An image that already has the right size is not resampled; pixels of the right size never meet the decoder.
 *
 * @throws UndecodableImageError for anything that is not a whole image within the limits; `into` is then undefined.
 */
export async function decodeImage(
  source: SourceImage,
  geometry: Geometry,
  into: Uint8Array,
  limits: DecodeLimits = {},
): Promise<Size> {
  if (into.length !== imageBytes(geometry))
    throw new RangeError(`decoded image needs ${imageBytes(geometry)} bytes, not ${into.length}`);
  if (source.kind === 'pixels' && fits(source, geometry)) {
    placePixels(source, { ...geometry, into, left: 0, top: 0 });
    return { width: source.width, height: source.height };
  }
  const { maxPixels, maxBytes } = { ...DEFAULT_DECODE_LIMITS, ...limits };
  if (source.kind === 'encoded') checkEncoded(source, maxBytes);
  try {
    return await decodeWithSharp(source, { geometry, into, maxPixels });
  } catch (error) {
    // Pixels cannot be damaged: what fails there is a mistake of ours.
    if (error instanceof UndecodableImageError || source.kind === 'pixels') throw error;
    throw undecodable(error, maxPixels);
  }
}
