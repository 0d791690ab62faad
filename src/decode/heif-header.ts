// The boxes of a HEIF file, of which AVIF is one kind, that say what its decoder does not (ISO/IEC 14496-12 and 23008-12; AVIF 1.1).
// A box is its length in 4 bytes, its type in 4 letters, and content: more boxes, or fields.

/** What a HEIF file says of its image. */
export interface HeifHeader {
  /** The major brand: `avif`, `avis` (a sequence), `heic`, ... */
  readonly brand: string;
  /** Whether every image in it has luma alone, except for alpha. */
  readonly isGrey: boolean;
  /** Whether 16 is black and 235 white, of 0 ... 255. */
  readonly isLimited: boolean;
  /** Whether colours have been multiplied by alpha. */
  readonly isPremultiplied: boolean;
}

interface Box {
  readonly type: string;
  readonly body: Buffer;
}

/** A box with a version and flags before its content. */
const VERSION_BYTES = 4;

/** The boxes that follow each other in `bytes`; none from the first on that does not fit. */
function boxesOf(bytes: Buffer): readonly Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const end = length === 0 ? bytes.length : at + length;
    if (end < at + 8 || end > bytes.length) break;
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + 8, end) });
    at = end;
  }
  return boxes;
}

function within(boxes: readonly Box[], type: string, skip = 0): readonly Box[] {
  return boxes.filter((box) => box.type === type).flatMap(({ body }) => boxesOf(body.subarray(skip)));
}

/** `av1C`: of its third byte, bit 4 is `monochrome`. */
function isMonochrome({ body }: Box): boolean {
  return ((body[2] ?? 0) & 0x10) !== 0;
}

/** `colr` of the kind `nclx`: three codes of 16 bits, then the bit `full_range_flag`. */
function isLimitedRange({ type, body }: Box): boolean {
  return type === 'colr' && body.toString('latin1', 0, 4) === 'nclx' && ((body[10] ?? 0x80) & 0x80) === 0;
}

/** Reads the header of a HEIF file; undefined for any other. */
export function heifHeader(file: Uint8Array): HeifHeader | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  const boxes = boxesOf(bytes);
  const meta = within(boxes, 'meta', VERSION_BYTES);
  const properties = within(within(meta, 'iprp'), 'ipco');
  const codecs = properties.filter(({ type }) => type === 'av1C');
  return {
    brand: bytes.toString('latin1', 8, 12),
    isGrey: codecs.length > 0 && codecs.every(isMonochrome),
    isLimited: properties.some(isLimitedRange),
    isPremultiplied: within(meta, 'iref', VERSION_BYTES).some(({ type }) => type === 'prem'),
  };
}
