import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import { Resvg } from '@resvg/resvg-js';

/** Pixels of the PNG for each of the SVG. */
const ZOOM = 2;
/** Half a point of print for a pixel of the SVG: text of 12 px is set in 6 points. */
const POINTS_PER_PIXEL = 0.5;
const POINTS_PER_METRE = 72 / 0.0254;

/** Arimo has the widths of Arial and Helvetica, which the SVGs ask for, and is there on every machine. */
const FONT_FILES = ['400Regular/Arimo_400Regular.ttf', '700Bold/Arimo_700Bold.ttf'].map((file) =>
  createRequire(import.meta.url).resolve(`@expo-google-fonts/arimo/${file}`),
);

/** Where a PNG's first chunk, IHDR, ends: after the signature of 8 bytes, and 12 around its own 13. */
const IHDR_END = 33;

/**
 * Draws an SVG document as a PNG on white, two pixels for each of the SVG's, that says how large it is in print: a figure
 * 480 px wide fills a column of 8.5 cm, with letters of 6 points. The same bytes on every machine: no font of the machine
 * is used, so letters that Arimo lacks (Chinese, say) are left out.
 */
export function svgPng(svg: string): Uint8Array {
  const resvg = new Resvg(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: ZOOM },
    font: {
      loadSystemFonts: false,
      fontFiles: FONT_FILES,
      defaultFontFamily: 'Arimo',
      sansSerifFamily: 'Arimo',
    },
  });
  const png = resvg.render().asPng();
  return Buffer.concat([png.subarray(0, IHDR_END), densityChunk(), png.subarray(IHDR_END)]);
}

/** The chunk pHYs: pixels per metre, across and down (PNG specification, 11.3.4.3). */
function densityChunk(): Uint8Array {
  const perMetre = Math.round((ZOOM / POINTS_PER_PIXEL) * POINTS_PER_METRE);
  const chunk = Buffer.alloc(21);
  chunk.writeUInt32BE(9, 0);
  chunk.write('pHYs', 4, 'latin1');
  chunk.writeUInt32BE(perMetre, 8);
  chunk.writeUInt32BE(perMetre, 12);
  chunk.writeUInt8(1, 16);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 17)), 17);
  return chunk;
}
