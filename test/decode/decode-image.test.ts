import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import type { SourceImage } from '../../src/dataset/dataset.js';
import { DECODE_IDENTITY, type DecodeLimits, decodeImage } from '../../src/decode/decode-image.js';
import { type Geometry, imageBytes } from '../../src/decode/geometry.js';
import { UndecodableImageError } from '../../src/decode/undecodable.js';

type Decoded = { size: { width: number; height: number }; pixels: number[] };

async function decode(
  source: SourceImage | Buffer,
  wanted: Partial<Geometry>,
  limits?: DecodeLimits,
): Promise<Decoded> {
  const geometry: Geometry = {
    width: 4,
    height: 2,
    channels: 3,
    resize: 'cover',
    crop: 1,
    kernel: 'bilinear',
    ...wanted,
  };
  const into = new Uint8Array(imageBytes(geometry)).fill(77);
  const image = Buffer.isBuffer(source) ? ({ kind: 'encoded', bytes: source } as const) : source;
  const size = await decodeImage(image, geometry, into, limits);
  return { size, pixels: [...into] };
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!(error instanceof UndecodableImageError))
    throw new Error('not refused as undecodable', { cause: error });
  return error.reason;
}

function made(width: number, height: number, channels: 1 | 2 | 3 | 4, value: (at: number) => number): Sharp {
  const data = Uint8Array.from({ length: width * height * channels }, (_, at) => value(at));
  return sharp(data, { raw: { width, height, channels } });
}

const rgb = Array.from({ length: 24 }, (_, at) => at * 10);
const small = () => made(4, 2, 3, (at) => at * 10);
const noise = (at: number) => (at * 7919) % 251;

describe('decodeImage', () => {
  test('gives the very bytes of a lossless image of the right size', async () => {
    expect(await decode(await small().png().toBuffer(), {})).toEqual({
      size: { width: 4, height: 2 },
      pixels: rgb,
    });
  });

  test('goes by content: PNG, WebP, GIF and TIFF are read alike', async () => {
    const files = [
      await small().png({ palette: true }).toBuffer(),
      await small().webp({ lossless: true }).toBuffer(),
      await small().gif().toBuffer(),
      await small().tiff({ compression: 'lzw' }).toBuffer(),
    ];
    for (const file of files) expect((await decode(file, {})).pixels).toEqual(rgb);
  });

  test('repeats grey in three channels and takes BT.601 luma for one', async () => {
    const grey = await made(4, 2, 1, (at) => at * 30)
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect((await decode(grey, {})).pixels).toEqual(
      [0, 30, 60, 90, 120, 150, 180, 210].flatMap((v) => [v, v, v]),
    );
    expect((await decode(grey, { channels: 1 })).pixels).toEqual([0, 30, 60, 90, 120, 150, 180, 210]);
    const red = await made(4, 2, 3, (at) => (at % 3 === 0 ? 255 : 0))
      .png()
      .toBuffer();
    expect((await decode(red, { channels: 1 })).pixels).toEqual(Array(8).fill(76));
  });

  test('takes the high byte of 16 bits', async () => {
    const deep = Uint16Array.from({ length: 24 }, (_, at) => at * 2560 + 17);
    const file = await sharp(deep, { raw: { width: 4, height: 2, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await decode(file, {})).pixels).toEqual(rgb);
  });

  test('drops alpha without blending, resized or not', async () => {
    const clear = await made(8, 4, 4, (at) => [200, 100, 50, at % 8 < 4 ? 0 : 255][at % 4]!)
      .png()
      .toBuffer();
    const flat = (count: number) => Array(count).fill([200, 100, 50]).flat();
    expect((await decode(clear, { width: 8, height: 4 })).pixels).toEqual(flat(32));
    expect((await decode(clear, {})).pixels).toEqual(flat(8));
  });

  test('turns the image as its EXIF orientation says, and its size with it', async () => {
    const file = await small().withMetadata({ orientation: 6 }).png().toBuffer();
    const { size, pixels } = await decode(file, { width: 2, height: 4 });
    expect(size).toEqual({ width: 2, height: 4 });
    expect(pixels.slice(0, 6)).toEqual([120, 130, 140, 0, 10, 20]);
  });

  test('takes the first frame of an animation', async () => {
    const frames = await sharp([await small().png().toBuffer(), await small().negate().png().toBuffer()], {
      join: { animated: true },
    })
      .webp({ lossless: true })
      .toBuffer();
    expect((await sharp(frames).metadata()).pages).toBe(2);
    expect(await decode(frames, {})).toEqual({ size: { width: 4, height: 2 }, pixels: rgb });
  });

  test('cover, contain and stretch differ as they should', async () => {
    // Left half black, right half white, twice as wide as high.
    const file = await made(80, 40, 3, (at) => (at % 240 < 120 ? 0 : 255))
      .png()
      .toBuffer();
    const row = async (resize: Geometry['resize'], y: number) =>
      (await decode(file, { width: 8, height: 8, channels: 1, resize })).pixels.slice(y * 8, y * 8 + 8);
    expect(await row('cover', 0)).toEqual([0, 0, 0, 31, 224, 255, 255, 255]);
    expect(await row('contain', 1)).toEqual(Array(8).fill(0));
    expect((await row('contain', 4)).slice(5)).toEqual([255, 255, 255]);
    expect((await row('stretch', 7)).slice(5)).toEqual([255, 255, 255]);
  });

  test('a central crop of an image that needs no resampling keeps its bytes', async () => {
    const file = await made(8, 8, 3, noise).png().toBuffer();
    const { pixels } = await decode(file, { width: 4, height: 4, crop: 0.5 });
    const row = (y: number) => Array.from({ length: 12 }, (_, at) => noise((y * 8 + 2) * 3 + at));
    expect(pixels).toEqual([2, 3, 4, 5].flatMap(row));
  });

  test('a shrunk checkerboard becomes even grey: the filter is antialiased', async () => {
    const board = made(64, 64, 1, (at) => (((at % 64) + Math.floor(at / 64)) % 2) * 255).toColourspace('b-w');
    const { pixels } = await decode(await board.png().toBuffer(), { width: 8, height: 8, channels: 1 });
    for (const value of pixels) expect(Math.abs(value - 127.5)).toBeLessThan(6);
  });

  test('an extreme aspect ratio is refused instead of filling memory', async () => {
    const sliver = await made(20_000, 1, 3, noise).png().toBuffer();
    expect(await reasonOf(decode(sliver, { width: 224, height: 224 }))).toBe(
      'too narrow to be resized: 20000 x 1',
    );
  });

  test('pixels of the right size are copied, and others resized', async () => {
    const data = Uint8Array.from(rgb);
    const source = { kind: 'pixels', data, width: 4, height: 2, channels: 3 } as const;
    expect(await decode(source, {})).toEqual({ size: { width: 4, height: 2 }, pixels: rgb });
    const halved = await decode(source, { width: 2, height: 1 });
    expect(halved.size).toEqual({ width: 4, height: 2 });
    expect(halved.pixels).toHaveLength(6);
    const png = await decode(await small().png().toBuffer(), { width: 2, height: 1 });
    expect(halved.pixels).toEqual(png.pixels);
  });

  test('pixels change channels on the pure path', async () => {
    const grey = { kind: 'pixels', data: Uint8Array.of(9, 8), width: 2, height: 1, channels: 1 } as const;
    expect((await decode(grey, { width: 2, height: 1 })).pixels).toEqual([9, 9, 9, 8, 8, 8]);
  });

  test('names its recipe, its way to resize, libvips and the decoders of lossy formats as plain JSON', () => {
    expect(JSON.parse(JSON.stringify(DECODE_IDENTITY))).toEqual({
      recipe: expect.any(String),
      resize: expect.any(String),
      libvips: sharp.versions.vips,
      decoders: expect.objectContaining({ mozjpeg: sharp.versions.mozjpeg, webp: sharp.versions.webp }),
    });
  });
});

describe('decodeImage refuses', () => {
  test('an empty file', async () => {
    expect(await reasonOf(decode(Buffer.alloc(0), {}))).toBe('empty file');
  });

  test('text', async () => {
    expect(await reasonOf(decode(Buffer.from('hello, this is no image'), {}))).toBe(
      'not an image of a known format',
    );
  });

  test('too many pixels and too many bytes', async () => {
    const file = await made(40, 40, 3, noise).png().toBuffer();
    expect(await reasonOf(decode(file, {}, { maxPixels: 1599 }))).toBe('more than 1599 pixels');
    expect(await reasonOf(decode(file, {}, { maxBytes: 100 }))).toBe('larger than 100 bytes');
    expect((await decode(file, {}, { maxPixels: 1600 })).size).toEqual({ width: 40, height: 40 });
  });

  test('JPEG, WebP, GIF and PNG files cut anywhere, half-decoded never', async () => {
    const image = () => made(120, 80, 3, noise);
    const files = [
      { bytes: await image().jpeg().toBuffer(), tail: 0 },
      { bytes: await image().jpeg({ progressive: true }).toBuffer(), tail: 0 },
      { bytes: await image().webp().toBuffer(), tail: 0 },
      { bytes: await image().gif().toBuffer(), tail: 1 },
      // The last 12 bytes of a PNG, its IEND chunk, hold no pixels.
      { bytes: await image().png().toBuffer(), tail: 16 },
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (file, part) => {
          const length = 1 + Math.floor(part * (file.bytes.length - 2 - file.tail));
          const cut = file.bytes.subarray(0, length);
          expect(['damaged or truncated image', 'not an image of a known format']).toContain(
            await reasonOf(decode(cut, {})),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the same way whatever else is decoded meanwhile', async () => {
    const jpeg = await made(120, 80, 3, noise).jpeg().toBuffer();
    const inputs = [
      jpeg.subarray(0, 900),
      Buffer.from('text that is no image'),
      jpeg.subarray(0, 40),
      Buffer.alloc(0),
    ];
    const alone: string[] = [];
    for (const input of inputs) alone.push(await reasonOf(decode(input, {})));
    const together = await Promise.all(
      Array.from({ length: 40 }, (_, at) => reasonOf(decode(inputs[at % 4]!, {}))),
    );
    expect(together).toEqual(Array.from({ length: 40 }, (_, at) => alone[at % 4]));
  });

  test('a target of the wrong length as a mistake of the caller', async () => {
    const geometry: Geometry = {
      width: 4,
      height: 2,
      channels: 3,
      resize: 'cover',
      crop: 1,
      kernel: 'bilinear',
    };
    const source = { kind: 'encoded', bytes: await small().png().toBuffer() } as const;
    await expect(decodeImage(source, geometry, new Uint8Array(23))).rejects.toThrow(RangeError);
  });
});
