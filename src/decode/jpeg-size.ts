import type { Size } from './resize-plan.js';

const START = 0xd8;
const START_OF_SCAN = 0xda;
/** Baseline, extended and progressive frames. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2]);
/** Tables, restart interval, comment, JFIF, Photoshop, Adobe: none of them says anything about the size. */
const HARMLESS = new Set([0xdb, 0xc4, 0xdd, 0xfe, 0xe0, 0xed, 0xee]);
const COLOUR_PROFILE = 0xe2;
const COLOUR_PROFILE_NAME = Buffer.from('ICC_PROFILE\0', 'latin1');

interface Segment {
  readonly marker: number;
  /** What follows the length. */
  readonly body: Buffer;
  readonly end: number;
}

/** The segment that starts at `at`, where a whole one does. */
function segmentAt(bytes: Buffer, at: number): Segment | undefined {
  if (at + 4 > bytes.length || bytes[at] !== 0xff) return undefined;
  const end = at + 2 + bytes.readUInt16BE(at + 2);
  if (end < at + 4 || end > bytes.length) return undefined;
  return { marker: bytes[at + 1]!, body: bytes.subarray(at + 4, end), end };
}

/** Eight bits, grey or three colours, and no side that a later marker would have to give. */
function frameSize(body: Buffer): Size | undefined {
  if (body.length < 6 || body[0] !== 8 || (body[5] !== 1 && body[5] !== 3)) return undefined;
  const size = { height: body.readUInt16BE(1), width: body.readUInt16BE(3) };
  return size.height > 0 && size.width > 0 ? size : undefined;
}

function isHarmless({ marker, body }: Segment): boolean {
  if (marker !== COLOUR_PROFILE) return HARMLESS.has(marker);
  return body.subarray(0, COLOUR_PROFILE_NAME.length).equals(COLOUR_PROFILE_NAME);
}

/**
 * The size of a JPEG that nothing in its header turns or replaces, without the cost of a decoder opening it.
 * Undefined for every other file: with EXIF or XMP (an orientation, a gain map), CMYK, damaged, no JPEG at all.
 */
export function plainJpegSize(file: Uint8Array): Size | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes[0] !== 0xff || bytes[1] !== START) return undefined;
  let size: Size | undefined;
  for (let at = 2; ; ) {
    const segment = segmentAt(bytes, at);
    if (segment === undefined) return undefined;
    if (segment.marker === START_OF_SCAN) return size;
    if (FRAMES.has(segment.marker)) {
      if (size !== undefined) return undefined;
      size = frameSize(segment.body);
      if (size === undefined) return undefined;
    } else if (!isHarmless(segment)) return undefined;
    at = segment.end;
  }
}

/** Frames of all kinds: 0xc4, 0xc8 and 0xcc among them are tables. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** The bits of a JPEG's samples; undefined for any other file, or one that has no whole frame header. */
export function jpegPrecision(file: Uint8Array): number | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes[0] !== 0xff || bytes[1] !== START) return undefined;
  for (let next = segmentAt(bytes, 2); next !== undefined; next = segmentAt(bytes, next.end)) {
    if (isFrame(next.marker)) return next.body[0];
    if (next.marker === START_OF_SCAN) return undefined;
  }
  return undefined;
}
