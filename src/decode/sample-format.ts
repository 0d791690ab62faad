import type { Metadata } from 'sharp';
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

const YCBCR = 6;
const JPEG_COMPRESSIONS = new Set([6, 7]);
/** Colours, with alpha: more than sharp takes. */
const MOST_SAMPLES = 5;
const BYTE_DEPTHS = new Set([1, 2, 4, 8, 16]);
const FLOAT_DEPTHS = new Set([16, 32]);

/** Why a TIFF's samples cannot be brought to 0 ... 255, where they cannot. */
function refusedTiff(header: TiffHeader): string | undefined {
  const { bits, sample, samplesPerPixel, photometric, compression } = header;
  const colours = REFUSED_COLOURS.get(photometric);
  if (colours !== undefined) return colours;
  if (photometric === YCBCR && !JPEG_COMPRESSIONS.has(compression))
    return 'YCbCr samples without JPEG compression';
  const isGrey = photometric === 0 || photometric === 1;
  if (samplesPerPixel > (isGrey ? 2 : MOST_SAMPLES)) return `${samplesPerPixel} samples a pixel`;
  if (sample === 'complex') return 'complex samples';
  if (sample === 'signed') return `signed ${bits}-bit samples`;
  if (sample === 'unsigned') return BYTE_DEPTHS.has(bits) ? undefined : `${bits}-bit integer samples`;
  if (!FLOAT_DEPTHS.has(bits)) return `${bits}-bit float samples`;
  if (photometric === 0) return 'float samples whose zero is white';
  return bits === 16 && photometric === 1 ? 'grey 16-bit float samples' : undefined;
}

/** Why a file's samples cannot be brought to 0 ... 255, from its header alone; undefined where they can, or it is damaged. */
export function refusedSamples(file: Uint8Array): string | undefined {
  const tiff = tiffHeader(file);
  if (tiff !== undefined) return refusedTiff(tiff);
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
