import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/decode/decode-image.js';
import { imageBytes } from '../../src/decode/geometry.js';
import { UndecodableImageError } from '../../src/decode/undecodable.js';
import { type TiffImage, writeTiff } from './write-tiff.js';

const geometry = { width: 2, height: 1, channels: 3, resize: 'cover', crop: 1, kernel: 'bilinear' } as const;

/** The two pixels of an image of 2 x 1, or why it is quarantined. */
async function decoded(bytes: Uint8Array): Promise<number[] | string> {
  const into = new Uint8Array(imageBytes(geometry)).fill(77);
  try {
    await decodeImage({ kind: 'encoded', bytes }, geometry, into);
    return [...into];
  } catch (error) {
    if (!(error instanceof UndecodableImageError)) throw error;
    return error.reason;
  }
}

const rgb = { width: 2, height: 1, samplesPerPixel: 3, photometric: 2 } as const;
const grey = { width: 2, height: 1, samplesPerPixel: 1, photometric: 1 } as const;
const tiff = (image: Omit<TiffImage, 'width' | 'height'>) =>
  decoded(writeTiff({ width: 2, height: 1, ...image }));

const COLOURS = [200, 100, 50, 0, 255, 10];
const fractions = COLOURS.map((value) => value / 255);
const greys = (...values: number[]) => values.flatMap((value) => [value, value, value]);

describe('float samples', () => {
  test('of 0 to 1 become 0 to 255', async () => {
    expect(await tiff({ ...rgb, bits: 32, sample: 3, samples: Float32Array.from(fractions) })).toEqual(
      COLOURS,
    );
    expect(await tiff({ ...grey, bits: 32, sample: 3, samples: Float32Array.of(0.2, 1) })).toEqual(
      greys(51, 255),
    );
  });

  test('lose their alpha', async () => {
    const samples = Float32Array.from([...fractions.slice(0, 3), 0, ...fractions.slice(3), 0.5]);
    const image = { ...rgb, samplesPerPixel: 4, extra: 2, bits: 32, sample: 3, samples };
    expect(await tiff(image)).toEqual(COLOURS);
  });

  test.each([
    [[0, 255, 20], 'float samples of 0 to 255 (expected within 0 to 1)'],
    [[0, 0.5, 1.0005], 'float samples of 0 to 1.0005 (expected within 0 to 1)'],
    [[-1, 0, 1], 'float samples of -1 to 1 (expected within 0 to 1)'],
    [[0, 0.5, Number.NaN], 'float samples that are not numbers'],
    [[0, 0.5, Number.POSITIVE_INFINITY], 'float samples of 0 to Infinity (expected within 0 to 1)'],
  ])('of %j are refused', async (values, reason) => {
    const samples = Float32Array.from([...values, ...values]);
    expect(await tiff({ ...rgb, bits: 32, sample: 3, samples })).toBe(reason);
  });

  test('that the decoder does not hand over as they are, are refused by name', async () => {
    expect(await tiff({ ...grey, bits: 64, sample: 3, samples: new Float64Array(2) })).toBe(
      '64-bit float samples',
    );
    expect(await tiff({ ...grey, bits: 16, sample: 3, samples: new Uint16Array(2) })).toBe(
      'grey 16-bit float samples',
    );
    expect(await tiff({ ...grey, photometric: 0, bits: 32, sample: 3, samples: new Float32Array(2) })).toBe(
      'float samples whose zero is white',
    );
    const withAlpha = { ...grey, samplesPerPixel: 2, extra: 1, bits: 32, sample: 3 };
    expect(await tiff({ ...withAlpha, samples: Float32Array.of(0.2, 0.5, 0.5, 1) })).toBe(
      'grey float samples multiplied by alpha',
    );
    const ink = { samplesPerPixel: 4, photometric: 5, bits: 32, sample: 3 };
    expect(await tiff({ ...ink, samples: new Float32Array(8) })).toBe('float samples of ink');
  });
});

describe('whole samples', () => {
  test('of 16 bits keep their high byte', async () => {
    const samples = Uint16Array.from(COLOURS, (value) => value * 256 + 17);
    expect(await tiff({ ...rgb, bits: 16, samples })).toEqual(COLOURS);
    expect(await tiff({ ...grey, bits: 16, samples: Uint16Array.of(0x1234, 0xffff) })).toEqual(
      greys(0x12, 255),
    );
  });

  test('of 1, 2 and 4 bits span 0 to 255', async () => {
    expect(await tiff({ ...grey, bits: 1, samples: Uint8Array.of(0b01000000) })).toEqual(greys(0, 255));
    expect(await tiff({ ...grey, bits: 2, samples: Uint8Array.of(0b01110000) })).toEqual(greys(85, 255));
    expect(await tiff({ ...grey, bits: 4, samples: Uint8Array.of(0x2f) })).toEqual(greys(34, 255));
  });

  test('whose zero is white are inverted', async () => {
    const white = { ...grey, photometric: 0 };
    expect(await tiff({ ...white, bits: 8, samples: Uint8Array.of(0, 200) })).toEqual(greys(255, 55));
    expect(await tiff({ ...white, bits: 16, samples: Uint16Array.of(0, 0xffff) })).toEqual(greys(255, 0));
  });

  test.each([
    [{ ...rgb, bits: 32, samples: new Uint32Array(6) }, '32-bit integer samples'],
    [
      { ...grey, bits: 16, samples: Uint16Array.of(255, 3) },
      '16-bit samples of at most 255 (expected 0 to 65535)',
    ],
    [
      {
        ...grey,
        photometric: 0,
        samplesPerPixel: 2,
        extra: 1,
        bits: 8,
        samples: Uint8Array.of(9, 99, 9, 99),
      },
      'samples whose zero is white, multiplied by alpha',
    ],
    [{ ...grey, bits: 32, sample: 2, samples: new Int32Array(2) }, 'signed 32-bit samples'],
    [{ ...grey, bits: 16, sample: 2, samples: new Int16Array(2) }, 'signed 16-bit samples'],
    [{ ...rgb, bits: 8, sample: 2, samples: new Int8Array(6) }, 'signed 8-bit samples'],
    [{ ...grey, bits: 64, sample: 6, samples: new Float32Array(4) }, 'complex samples'],
    [{ ...rgb, photometric: 8, bits: 8, samples: new Uint8Array(6) }, 'CIELab colours'],
    [
      { ...rgb, photometric: 6, bits: 8, samples: new Uint8Array(6) },
      'YCbCr samples without JPEG compression',
    ],
    [{ ...grey, samplesPerPixel: 3, bits: 8, samples: new Uint8Array(6) }, '3 samples a pixel'],
    [{ ...rgb, samplesPerPixel: 7, bits: 8, samples: new Uint8Array(14) }, '7 samples a pixel'],
  ])('of other kinds are refused by name: %#', async (image, reason) => {
    expect(await tiff(image)).toBe(reason);
  });

  test('of 16 bits may all be black', async () => {
    expect(await tiff({ ...grey, bits: 16, samples: Uint16Array.of(0, 0) })).toEqual(greys(0, 0));
  });

  test('are signed where a wider field than usual says so', async () => {
    const file = writeTiff({ ...grey, bits: 8, sample: 2, samples: new Int8Array(2) });
    file.writeUInt16LE(4, file.indexOf(Buffer.from([0x53, 0x01, 3, 0])) + 2);
    expect(await decoded(file)).toBe('signed 8-bit samples');
  });

  test('of a JPEG of 12 bits are refused by name', async () => {
    const jpeg = await sharp(Uint8Array.from(COLOURS), { raw: { width: 2, height: 1, channels: 3 } })
      .jpeg()
      .toBuffer();
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg[frame + 4] = 12;
    expect(await decoded(jpeg)).toBe('12-bit JPEG');
  });
});

describe('colours', () => {
  test('of ink are those of Pillow, (255 - k) (255 - c) / 255, whatever the depth', async () => {
    const ink = [0, 128, 255, 0, 10, 20, 30, 100];
    const image = { samplesPerPixel: 4, photometric: 5 };
    const expected = [255, 127, 0, 149, 143, 137];
    expect(await tiff({ ...image, bits: 8, samples: Uint8Array.from(ink) })).toEqual(expected);
    expect(
      await tiff({ ...image, bits: 16, samples: Uint16Array.from(ink, (value) => value * 257) }),
    ).toEqual(expected);
  });

  test('stay as they are stored, whatever profile is embedded', async () => {
    const raw = { raw: { width: 2, height: 1, channels: 3 } } as const;
    const file = await sharp(Uint8Array.from(COLOURS), raw).withIccProfile('p3').png().toBuffer();
    const values = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    expect([...values]).not.toEqual(COLOURS);
    expect(await decoded(file)).toEqual([...values]);
  });

  test('under associated alpha are divided by it, and truncated as Pillow does', async () => {
    const samples = Uint8Array.of(100, 50, 25, 128, 10, 20, 30, 255);
    const image = { ...rgb, samplesPerPixel: 4, extra: 1, bits: 8, samples };
    expect(await tiff(image)).toEqual([199, 99, 49, 10, 20, 30]);
  });

  // Palette: red, green, (1, 2, 3), white. LZW codes of 3 bits: clear, the pixels, end.
  const gif = (left: number, width: number, transparent: number, pixels: readonly number[]) => {
    const codes =
      pixels.reduce((sum, pixel, at) => sum + (pixel << (3 + 3 * at)), 4) + (5 << (3 + 3 * width));
    return Buffer.from([
      ...Buffer.from('GIF89a'),
      ...[2, 0, 1, 0, 0x81, 3, 0],
      ...[255, 0, 0, 0, 255, 0, 1, 2, 3, 255, 255, 255],
      ...(transparent < 0 ? [] : [0x21, 0xf9, 4, 1, 0, 0, transparent, 0]),
      ...[0x2c, left, 0, 0, 0, width, 0, 1, 0, 0],
      ...[2, 2, codes & 255, codes >> 8, 0, 0x3b],
    ]);
  };

  test('under the transparent pixels of a GIF are those of its palette', async () => {
    expect(await decoded(gif(0, 2, 2, [1, 2]))).toEqual([0, 255, 0, 1, 2, 3]);
  });

  test('that a GIF does not have are not made up', async () => {
    const file = gif(0, 2, -1, [1, 2]);
    file[10] = 1;
    expect(await decoded(Buffer.concat([file.subarray(0, 13), file.subarray(25)]))).toBe(
      'GIF without a table of colours',
    );
  });

  test('around the first frame of a GIF are the transparent one, or the first, as Pillow has it', async () => {
    expect(await decoded(gif(1, 1, 2, [1]))).toEqual([1, 2, 3, 0, 255, 0]);
    expect(await decoded(gif(1, 1, -1, [1]))).toEqual([255, 0, 0, 0, 255, 0]);
  });

  test('of an SVG lie on white', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"><rect width="1" height="1"/></svg>';
    expect(await decoded(Buffer.from(svg))).toEqual([0, 0, 0, 255, 255, 255]);
  });
});

describe('tiles of a TIFF', () => {
  const side = 64;
  const noise = Uint8Array.from({ length: side * side * 3 }, (_, at) => (at * 7919) % 251);
  const tiled = (compression: 'deflate' | 'lzw' | 'none') =>
    sharp(noise, { raw: { width: side, height: side, channels: 3 } })
      .tiff({ compression, tile: true, tileWidth: 32, tileHeight: 32, predictor: 'none' })
      .toBuffer();

  test.each(['deflate', 'lzw'] as const)('that are damaged are not black: %s', async (compression) => {
    const file = await tiled(compression);
    expect(await decoded(file)).toHaveLength(6);
    expect(await decoded(Buffer.from(file).fill(0xff, 400, 800))).toBe('damaged or truncated image');
  });

  test.each([
    [50000, 'TIFF with Zstandard compression'],
    [34712, 'TIFF with JPEG 2000 compression'],
    [40123, 'TIFF with unknown (40123) compression'],
  ])('in a compression that the decoder lacks are not black: %i', async (compression, reason) => {
    const file = await tiled('deflate');
    file.writeUInt16LE(compression, file.indexOf(Buffer.from([3, 1, 3, 0, 1, 0, 0, 0])) + 8);
    expect(await decoded(file)).toBe(reason);
  });

  test('of single channels are refused by name', async () => {
    const file = await tiled('none');
    file.writeUInt16LE(2, file.indexOf(Buffer.from([0x1c, 1, 3, 0, 1, 0, 0, 0])) + 8);
    expect(await decoded(file)).toBe('TIFF with tiles of single channels');
  });
});
