import sharp, { type OutputInfo, type Sharp, type SharpOptions } from 'sharp';
import { gifFrame } from './gif-frame.js';
import { heifHeader } from './heif-header.js';
import { plainJpegSize } from './jpeg-size.js';
import type { Pixels } from './place-pixels.js';
import { refusedFile, type SampleFormat, sampleFormat } from './sample-format.js';
import { tiffHeader } from './tiff-header.js';
import { floatsToBytes, framedToRgb, inkToRgb, limitedToFull } from './to-bytes.js';
import { UndecodableImageError } from './undecodable.js';

// Nothing is decoded twice, so a cache only holds memory; images run side by side, so one thread each is enough.
sharp.cache(false);
sharp.concurrency(1);

/** The versions of what decodes lossy formats, where sharp knows them: a libvips of one version may be built with others. */
function lossyDecoders(): { readonly [name: string]: string } {
  const { mozjpeg, webp, heif, aom, rsvg } = sharp.versions;
  const known = Object.entries({ mozjpeg, webp, heif, aom, rsvg });
  return Object.fromEntries(known.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** How files become pixels, for the fingerprint: anything here that changes may change pixels. */
export const READ_IDENTITY = {
  recipe:
    'sharp-3: first frame, EXIF orientation, no colour profiles, 8 bit, CMYK as Pillow, float 0 to 1, alpha dropped, SVG on white',
  libvips: sharp.versions.vips,
  decoders: lossyDecoders(),
} as const;

interface Raw {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

type Depth = 'uchar' | 'ushort' | 'float';

function raw(pipeline: Sharp, depth: Depth = 'uchar'): Promise<Raw> {
  return pipeline.raw({ depth }).toBuffer({ resolveWithObject: true });
}

/** As the file stores it, without a step by way of any colour space. */
function stored(pipeline: Sharp, space: 'cmyk' | 'scrgb' | 'b-w', depth: Depth): Promise<Raw> {
  return raw(pipeline.pipelineColourspace(space).toColourspace(space).removeAlpha(), depth);
}

async function ofFloats(pipeline: Sharp, space: string | undefined): Promise<Raw> {
  const { data, info } = await stored(pipeline, space === 'b-w' ? 'b-w' : 'scrgb', 'float');
  const samples = new Float32Array(
    data.buffer.slice(data.byteOffset, data.byteOffset + data.length) as ArrayBuffer,
  );
  return { data: Buffer.from(floatsToBytes(samples).buffer), info };
}

/** Of 16 bits the high ones. */
async function ofInk(pipeline: Sharp, depth: string | undefined): Promise<Raw> {
  const { data, info } = await stored(pipeline, 'cmyk', depth === 'ushort' ? 'ushort' : 'uchar');
  const ink = depth === 'ushort' ? data.filter((_, at) => at % 2 === 1) : data;
  return { data: Buffer.from(inkToRgb(ink)), info: { ...info, channels: 3 } };
}

async function ofGif(pipeline: Sharp, bytes: Uint8Array): Promise<Raw> {
  const { data, info } = await raw(pipeline.ensureAlpha().toColourspace('srgb'));
  const rgb = framedToRgb(data, info.width, gifFrame(bytes));
  return { data: Buffer.from(rgb), info: { ...info, channels: 3 } };
}

function colours(pipeline: Sharp): Promise<Raw> {
  return raw(pipeline.removeAlpha().toColourspace('srgb'));
}

interface Opened {
  readonly pipeline: Sharp;
  readonly bytes: Uint8Array;
  readonly space: string | undefined;
  readonly depth: string | undefined;
}

/** Of 16 bits the high ones: where none of them is ever set, the samples have fewer, and it is not known how many. */
async function ofShorts(pipeline: Sharp): Promise<Raw> {
  const image = pipeline.clone();
  const result = await colours(pipeline);
  if (result.data.some((value) => value !== 0)) return result;
  const { data } = await raw(image.removeAlpha().toColourspace('rgb16'), 'ushort');
  if (data.some((value) => value !== 0))
    throw new UndecodableImageError('16-bit samples of at most 255 (expected 0 to 65535)');
  return result;
}

/** A grey AVIF of limited range leaves the decoder as it is stored, without being stretched to 0 ... 255. */
async function ofBytes({ pipeline, bytes, depth }: Opened): Promise<Raw> {
  const heif = heifHeader(bytes);
  const result = depth === 'ushort' ? await ofShorts(pipeline) : await colours(pipeline);
  if (heif?.isGrey === true && heif.isLimited) limitedToFull(result.data);
  return result;
}

const READERS: Readonly<Record<SampleFormat, (opened: Opened) => Promise<Raw>>> = {
  bytes: ofBytes,
  cmyk: ({ pipeline, depth }) => ofInk(pipeline, depth),
  float: ({ pipeline, space }) => ofFloats(pipeline, space),
  gif: ({ pipeline, bytes }) => ofGif(pipeline, bytes),
  drawing: ({ pipeline }) => colours(pipeline.flatten({ background: '#ffffff' })),
};

async function readAny(bytes: Uint8Array, common: SharpOptions): Promise<Raw> {
  const refused = refusedFile(bytes);
  if (refused !== undefined) throw new UndecodableImageError(refused);
  // Of a tile that is damaged or cut off the decoder makes a black one, unless it stops at warnings.
  const options: SharpOptions =
    tiffHeader(bytes)?.isTiled === true ? { ...common, failOn: 'warning' } : common;
  const metadata = await sharp(bytes, options).metadata();
  const format = sampleFormat(metadata);
  const { space, depth } = metadata;
  if (format === undefined) throw new UndecodableImageError(`samples of an unknown kind: ${depth} ${space}`);
  return await READERS[format]({ pipeline: sharp(bytes, options), bytes, space, depth });
}

/**
 * Decodes a file into 8-bit pixels, turned as its EXIF orientation says: (height, width, 1 or 3).
 *
 * @param maxPixels - of the image.
 * @throws UndecodableImageError where its samples cannot be brought to 0 ... 255; what the image library throws for others.
 */
export async function readPixels(bytes: Uint8Array, maxPixels: number): Promise<Pixels> {
  const options: SharpOptions = {
    failOn: 'error',
    autoOrient: true,
    ignoreIcc: true,
    limitInputPixels: maxPixels,
  };
  const { data, info } =
    plainJpegSize(bytes) === undefined ? await readAny(bytes, options) : await colours(sharp(bytes, options));
  const { width, height, channels } = info;
  if (channels !== 1 && channels !== 3) throw new UndecodableImageError(`${channels} channels`);
  return { data, width, height, channels };
}
