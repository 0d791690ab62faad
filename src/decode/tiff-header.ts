// The tags of a TIFF's first image that say what its samples are (TIFF 6.0; BigTIFF: the same with 64-bit offsets).

/** What a sample's bits are, by the tag SampleFormat. */
export type TiffSample = 'unsigned' | 'signed' | 'float' | 'complex';

/** What a TIFF says of its samples. */
export interface TiffHeader {
  readonly bits: number;
  readonly sample: TiffSample;
  readonly samplesPerPixel: number;
  /** The tag PhotometricInterpretation: 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr, 8 CIELab ... */
  readonly photometric: number;
  readonly compression: number;
  readonly isTiled: boolean;
  /** Whether each channel is stored by itself. */
  readonly isPlanar: boolean;
  /** Whether colours have been multiplied by alpha. */
  readonly isPremultiplied: boolean;
}

const BITS = 258;
const COMPRESSION = 259;
const PHOTOMETRIC = 262;
const SAMPLES = 277;
const PLANAR_CONFIGURATION = 284;
const TILE_WIDTH = 322;
const EXTRA_SAMPLES = 338;
const SAMPLE_FORMAT = 339;

const SEPARATE_PLANES = 2;
const ASSOCIATED_ALPHA = 1;

/** Bytes of a value by the type of its field, of those that hold whole numbers: BYTE, SHORT, LONG, LONG8. */
const WHOLE_BYTES: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [3, 2],
  [4, 4],
  [16, 8],
]);

const SAMPLES_BY_FORMAT: readonly (TiffSample | undefined)[] = [
  ...([undefined, 'unsigned', 'signed', 'float'] as const),
  ...(['unsigned', 'complex', 'complex'] as const),
];

/** Numbers of a TIFF in its byte order; beyond its end they are zero. */
class TiffBytes {
  readonly #view: DataView;

  constructor(
    bytes: Uint8Array,
    readonly isLittle: boolean,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #has(at: number, length: number): boolean {
    return at >= 0 && at + length <= this.#view.byteLength;
  }

  short(at: number): number {
    return this.#has(at, 2) ? this.#view.getUint16(at, this.isLittle) : 0;
  }

  /** A whole number of 1, 2, 4 or 8 bytes. */
  whole(at: number, length: number): number {
    if (length === 1) return this.#has(at, 1) ? this.#view.getUint8(at) : 0;
    return length === 2 ? this.short(at) : this.word(at, length === 4 ? 4 : 8);
  }

  /** An offset or a count: 4 bytes, or 8 in a BigTIFF. */
  word(at: number, length: 4 | 8): number {
    if (!this.#has(at, length)) return 0;
    return length === 4
      ? this.#view.getUint32(at, this.isLittle)
      : Number(this.#view.getBigUint64(at, this.isLittle));
  }
}

/** The first values of the tags in the first directory, of those that hold whole numbers. */
function firstValues(bytes: TiffBytes, word: 4 | 8): ReadonlyMap<number, number> {
  const directory = bytes.word(word, word);
  const entries = word === 4 ? bytes.short(directory) : bytes.word(directory, 8);
  const start = directory + (word === 4 ? 2 : 8);
  const values = new Map<number, number>();
  for (let entry = 0; entry < Math.min(entries, 1000); entry++) {
    const at = start + entry * (4 + 2 * word);
    const length = WHOLE_BYTES.get(bytes.short(at + 2));
    if (length === undefined) continue;
    const value = at + 4 + word;
    const fits = bytes.word(at + 4, word) * length <= word;
    values.set(bytes.short(at), bytes.whole(fits ? value : bytes.word(value, word), length));
  }
  return values;
}

/** What the first image of a TIFF says of its samples; undefined for any other file. */
export function tiffHeader(file: Uint8Array): TiffHeader | undefined {
  const order = String.fromCharCode(...file.subarray(0, 2));
  if (order !== 'II' && order !== 'MM') return undefined;
  const bytes = new TiffBytes(file, order === 'II');
  const version = bytes.short(2);
  if (version !== 42 && version !== 43) return undefined;
  const tags = firstValues(bytes, version === 42 ? 4 : 8);
  return {
    bits: tags.get(BITS) ?? 1,
    sample: SAMPLES_BY_FORMAT[tags.get(SAMPLE_FORMAT) ?? 1] ?? 'unsigned',
    samplesPerPixel: tags.get(SAMPLES) ?? 1,
    photometric: tags.get(PHOTOMETRIC) ?? 1,
    compression: tags.get(COMPRESSION) ?? 1,
    isTiled: tags.has(TILE_WIDTH),
    isPlanar: tags.get(PLANAR_CONFIGURATION) === SEPARATE_PLANES,
    isPremultiplied: tags.get(EXTRA_SAMPLES) === ASSOCIATED_ALPHA,
  };
}
