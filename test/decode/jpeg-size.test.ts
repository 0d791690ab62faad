import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/decode/decode-image.js';
import { type Geometry, imageBytes } from '../../src/decode/geometry.js';
import { jpegPrecision, plainJpegSize } from '../../src/decode/jpeg-size.js';
import { UndecodableImageError } from '../../src/decode/undecodable.js';

const geometry: Geometry = { width: 8, height: 8, channels: 3, resize: 'cover', crop: 1, kernel: 'bilinear' };
const size = { width: 33, height: 20 };
const data = Uint8Array.from({ length: 33 * 20 * 3 }, (_, at) => (at * 7919) % 251);
const image = () => sharp(data, { raw: { ...size, channels: 3 } });

const plain = {
  baseline: await image().jpeg().toBuffer(),
  progressive: await image().jpeg({ progressive: true, optimiseScans: true }).toBuffer(),
  'full colour': await image().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
  grey: await image().greyscale().jpeg().toBuffer(),
  'with a colour profile': await image().withIccProfile('p3').jpeg().toBuffer(),
};
const others = {
  'turned by EXIF': await image().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  CMYK: await image().toColourspace('cmyk').jpeg().toBuffer(),
  PNG: await image().png().toBuffer(),
  WebP: await image().webp().toBuffer(),
  empty: Buffer.alloc(0),
};

/** The file with one segment put in behind the start. */
function withSegment(file: Buffer, marker: number, body: string): Buffer {
  const head = Buffer.from([0xff, marker, 0, body.length + 2]);
  return Buffer.concat([file.subarray(0, 2), head, Buffer.from(body, 'latin1'), file.subarray(2)]);
}

/** What comes of decoding, with the header read by the decoder where `prefix` makes it no plain JPEG. */
async function outcome(bytes: Buffer): Promise<unknown> {
  const into = new Uint8Array(imageBytes(geometry));
  try {
    return { size: await decodeImage({ kind: 'encoded', bytes }, geometry, into), pixels: [...into] };
  } catch (error) {
    if (!(error instanceof UndecodableImageError)) throw error;
    return error.reason;
  }
}

describe('plainJpegSize', () => {
  test.each(Object.entries(plain))('is the size that the decoder finds: %s', async (_, file) => {
    expect(plainJpegSize(file)).toEqual(size);
    const { width, height, hasAlpha } = await sharp(file).metadata();
    expect({ width, height, hasAlpha }).toEqual({ ...size, hasAlpha: false });
  });

  test.each(Object.entries(others))('leaves other files to the decoder: %s', (_, file) => {
    expect(plainJpegSize(file)).toBeUndefined();
  });

  test('leaves files with markers that may change the image to the decoder', () => {
    const unknown = [
      [0xe1, 'Exif\0\0'],
      [0xe1, 'http://ns.adobe.com/xap/1.0/\0'],
      [0xe2, 'MPF\0'],
      [0xe9, 'x'],
      [0xcc, 'x'],
    ] as const;
    for (const [marker, body] of unknown)
      expect(plainJpegSize(withSegment(plain.baseline, marker, body))).toBeUndefined();
    expect(plainJpegSize(withSegment(plain.baseline, 0xfe, 'a comment'))).toEqual(size);
  });

  test('needs the header whole', () => {
    const scan = plain.baseline.indexOf(Buffer.from([0xff, 0xda]));
    for (let length = 0; length < scan + 4; length++)
      expect(plainJpegSize(plain.baseline.subarray(0, length))).toBeUndefined();
  });

  test('reads files that lie anywhere in a larger buffer', () => {
    const shared = Buffer.concat([Buffer.alloc(5), plain.baseline, Buffer.alloc(3)]);
    expect(
      plainJpegSize(new Uint8Array(shared.buffer, shared.byteOffset + 5, plain.baseline.length)),
    ).toEqual(size);
  });

  test('changes nothing about any damaged file, pixels or reason', async () => {
    const files = Object.values(plain);
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), damage, async (file, places) => {
        const damaged = Buffer.from(file);
        for (const [at, value] of places) damaged[2 + (at % Math.min(600, file.length - 2))] = value;
        // An application segment that nobody knows makes the same file one whose header the decoder reads.
        expect(await outcome(damaged)).toEqual(await outcome(withSegment(damaged, 0xe9, 'x')));
      }),
      { numRuns: 200 },
    );
  });
});

describe('jpegPrecision', () => {
  test('is the bits of the samples, whatever comes before the frame', () => {
    expect(jpegPrecision(plain.baseline)).toBe(8);
    expect(jpegPrecision(plain.progressive)).toBe(8);
    expect(jpegPrecision(others['turned by EXIF'])).toBe(8);
    const deep = Buffer.from(plain.baseline);
    deep[deep.indexOf(Buffer.from([0xff, 0xc0])) + 4] = 12;
    expect(jpegPrecision(deep)).toBe(12);
  });

  test('is unknown of other files and of a header that is cut', () => {
    expect(jpegPrecision(others.PNG)).toBeUndefined();
    expect(jpegPrecision(others.empty)).toBeUndefined();
    expect(jpegPrecision(plain.baseline.subarray(0, 30))).toBeUndefined();
  });
});
