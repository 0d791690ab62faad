import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import { renderAsync } from '@resvg/resvg-js';
import { POINTS_PER_PIXEL } from './print-size.js';

const DOTS_PER_INCH = 300;
const INCH = 0.0254;
/** Pixels of the PNG for each of the SVG. */
const ZOOM = (DOTS_PER_INCH / 72) * POINTS_PER_PIXEL;

/** Arimo has the widths of Arial and Helvetica, which the SVGs ask for, and is there on every machine. */
const FONT_FILES = ['400Regular/Arimo_400Regular.ttf', '700Bold/Arimo_700Bold.ttf'].map((file) =>
  createRequire(import.meta.url).resolve(`@expo-google-fonts/arimo/${file}`),
);

/** Where a PNG's first chunk, IHDR, ends: after the signature of 8 bytes, and 12 around its own 13. */
const IHDR_END = 33;

/**
 * Draws an SVG document as a PNG on white, in 300 dots per inch of the size in print that it says it has: an SVG of
 * `COLUMN_WIDTH` pixels fills a column of a paper, with letters of 7 points. The same bytes on every machine: no font of the machine
 * is used, so letters that Arimo lacks (Chinese, say) are left out.
 */
export async function svgPng(svg: string): Promise<Uint8Array> {
  const image = await renderAsync(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: ZOOM },
    font: {
      loadSystemFonts: false,
      fontFiles: FONT_FILES,
      defaultFontFamily: 'Arimo',
      sansSerifFamily: 'Arimo',
    },
  });
  const png = image.asPng();
  return Buffer.concat([png.subarray(0, IHDR_END), densityChunk(), png.subarray(IHDR_END)]);
}

/** The chunk pHYs: pixels per metre, across and down (PNG specification, 11.3.4.3). */
function densityChunk(): Uint8Array {
  const perMetre = Math.round(DOTS_PER_INCH / INCH);
  const chunk = Buffer.alloc(21);
  chunk.writeUInt32BE(9, 0);
  chunk.write('pHYs', 4, 'latin1');
  chunk.writeUInt32BE(perMetre, 8);
  chunk.writeUInt32BE(perMetre, 12);
  chunk.writeUInt8(1, 16);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 17)), 17);
  return chunk;
}
