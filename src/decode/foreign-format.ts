import { heifHeader } from './heif-header.js';

/** Text, a character for a byte, that stands at an offset of a file. */
type Mark = readonly [at: number, text: string];

const PNM = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7'];

/** Formats of images that are not read, by the marks that their files all have. */
const SIGNATURES: readonly (readonly [name: string, ...marks: Mark[]])[] = [
  ['BMP', [0, 'BM'], [6, '\0\0\0\0']],
  ...PNM.flatMap((kind) => ['\n', '\r', ' '].map((end) => ['PNM', [0, kind + end]] as const)),
  ['JPEG 2000', [0, '\0\0\0\x0cjP  ']],
  ['JPEG 2000', [0, '\xff\x4f\xff\x51']],
  ['JPEG XL', [0, '\0\0\0\x0cJXL ']],
  ['JPEG XL', [0, '\xff\x0a']],
  ['JPEG XR', [0, 'II\xbc']],
  ['JPEG-LS', [0, '\xff\xd8\xff\xf7']],
  ['QOI', [0, 'qoif']],
  ['DDS', [0, 'DDS ']],
  ['ICO', [0, '\0\0\x01\0']],
  ['ICNS', [0, 'icns']],
  ['Photoshop', [0, '8BPS']],
  ['OpenEXR', [0, 'v/1\x01']],
  ['Radiance', [0, '#?R']],
  ['FITS', [0, 'SIMPLE  =']],
  ['DICOM', [128, 'DICM']],
  ['PDF', [0, '%PDF-']],
];

/** Major brands of HEIF that are not AVIF, and what they are called. */
const BRANDS: ReadonlyMap<string, string> = new Map([
  ['avis', 'animated AVIF'],
  ...['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx'].map((brand) => [brand, 'HEIC'] as const),
]);

/** The name of a well-known format that is not read; undefined where a file is of none of them. */
export function foreignFormat(file: Uint8Array): string | undefined {
  const heif = heifHeader(file);
  if (heif !== undefined) return BRANDS.get(heif.brand);
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const has = ([at, text]: Mark) => bytes.toString('latin1', at, at + text.length) === text;
  return SIGNATURES.find(([, ...marks]) => marks.every(has))?.[0];
}
