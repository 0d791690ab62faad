import type { Metadata } from 'sharp';
import { foreignFormat } from './foreign-format.js';
import { isGifWithoutColours } from './gif-frame.js';
import { heifHeader } from './heif-header.js';
import { jpegPrecision } from './jpeg-size.js';
import { type TiffHeader, tiffHeader } from './tiff-header.js';

/** Photometric interpretations of TIFF that libvips does not turn into RGB as they are meant. */
const REFUSED_COLOURS: ReadonlyMap<number, string> = new Map([
  [8, 'CIELab colours'],
  [9, 'ICC Lab colours'],
  [10, 'ITU Lab colours'],
  [32803, 'a colour filter array'],
  [32844, 'LogL luminance'],
  [32845, 'LogLuv colours'],
]);

/** Compressions of TIFF that the decoder has: of a file with another one it may make a black image, without an error. */
const COMPRESSIONS = new Set([
  ...[1, 2, 3, 4, 5, 6, 7, 8, 32766, 32771, 32773, 32809, 32909, 32946],
  ...[34676, 34677, 50001],
]);
const MISSING_COMPRESSIONS: ReadonlyMap<number, string> = new Map([
  ...[33003, 33004, 33005, 34712].map((scheme) => [scheme, 'JPEG 2000'] as const),
  [34661, 'JBIG'],
  [34887, 'LERC'],
  [34925, 'LZMA'],
  [34933, 'PNG'],
  ...[22610, 34934].map((scheme) => [scheme, 'JPEG XR'] as const),
  ...[34926, 50000].map((scheme) => [scheme, 'Zstandard'] as const),
  ...[50002, 52546].map((scheme) => [scheme, 'JPEG XL'] as const),
]);

const CMYK = 5;
const YCBCR = 6;
const JPEG_COMPRESSIONS = new Set([6, 7]);
/** Colours, with alpha: more than sharp takes. */
const MOST_SAMPLES = 5;
const BYTE_DEPTHS = new Set([1, 2, 4, 8, 16]);
const FLOAT_DEPTHS = new Set([16, 32]);

function refusedFloats({
  bits,
  samplesPerPixel,
  photometric,
  isPremultiplied,
}: TiffHeader): string | undefined {
  if (!FLOAT_DEPTHS.has(bits)) return `${bits}-bit float samples`;
  if (photometric === 0) return 'float samples whose zero is white';
  if (photometric === CMYK) return 'float samples of ink';
  if (photometric !== 1) return undefined;
  if (isPremultiplied && samplesPerPixel > 1) return 'grey float samples multiplied by alpha';
  return bits === 16 ? 'grey 16-bit float samples' : undefined;
}

/** Why the pixels of a TIFF cannot be read, where the way in which they are stored is the reason. */
function refusedStorage({ compression, isTiled, isPlanar, samplesPerPixel }: TiffHeader): string | undefined {
  if (!COMPRESSIONS.has(compression))
    return `TIFF with ${MISSING_COMPRESSIONS.get(compression) ?? `unknown (${compression})`} compression`;
  return isTiled && isPlanar && samplesPerPixel > 1 ? 'TIFF with tiles of single channels' : undefined;
}

/** Why a TIFF's samples cannot be brought to 0 ... 255, where they cannot. */
function refusedTiff(header: TiffHeader): string | undefined {
  const { bits, sample, samplesPerPixel, photometric, compression, isPremultiplied } = header;
  const colours = REFUSED_COLOURS.get(photometric);
  if (colours !== undefined) return colours;
  if (photometric === YCBCR && !JPEG_COMPRESSIONS.has(compression))
    return 'YCbCr samples without JPEG compression';
  const isGrey = photometric === 0 || photometric === 1;
  if (samplesPerPixel > (isGrey ? 2 : MOST_SAMPLES)) return `${samplesPerPixel} samples a pixel`;
  if (sample === 'complex') return 'complex samples';
  if (sample === 'signed') return `signed ${bits}-bit samples`;
  if (sample === 'float') return refusedFloats(header);
  if (photometric === 0 && isPremultiplied && samplesPerPixel > 1)
    return 'samples whose zero is white, multiplied by alpha';
  return BYTE_DEPTHS.has(bits) ? undefined : `${bits}-bit integer samples`;
}

/**
 * Why a file is not read, from its header alone: its format, how it is stored, or samples that cannot be brought to 0 ... 255.
 * Undefined where it can be read, or is damaged.
 */
export function refusedFile(file: Uint8Array): string | undefined {
  const foreign = foreignFormat(file);
  if (foreign !== undefined) return `${foreign} file, a format that is not read`;
  const tiff = tiffHeader(file);
  if (tiff !== undefined) return refusedTiff(tiff) ?? refusedStorage(tiff);
  if (heifHeader(file)?.isPremultiplied === true) return 'AVIF whose colours are multiplied by alpha';
  if (isGifWithoutColours(file)) return 'GIF without a table of colours';
  const precision = jpegPrecision(file);
  return precision === undefined || precision === 8 ? undefined : `${precision}-bit JPEG`;
}

/** How the samples of an image become 8-bit RGB. */
export type SampleFormat =
  /** 8 bits, or 16 of which the high ones are taken: grey, palette or RGB. */
  | 'bytes'
  /** Ink, without regard to the profile: as Pillow does, (255 - k) (255 - c) / 255. */
  | 'cmyk'
  /** 0 ... 1, as stored; a wider range is refused. */
  | 'float'
  /** What is transparent, or outside of the first frame, has a colour that the library loses. */
  | 'gif'
  /** Has no background of its own, and is drawn on white. */
  | 'drawing';

/** The kind of samples that the image library says it will hand over; undefined for any that is not known to be right. */
export function sampleFormat({
  format,
  space,
  depth,
}: Pick<Metadata, 'format' | 'space' | 'depth'>): SampleFormat | undefined {
  if (format === 'svg') return 'drawing';
  if (format === 'gif') return 'gif';
  if (depth === 'float') return 'float';
  if (depth !== 'uchar' && depth !== 'ushort') return undefined;
  if (space === 'cmyk') return 'cmyk';
  return ['srgb', 'b-w', 'rgb16', 'grey16', 'rgb'].includes(space ?? '') ? 'bytes' : undefined;
}
