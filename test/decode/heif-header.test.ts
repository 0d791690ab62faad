import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/decode/decode-image.js';
import { imageBytes } from '../../src/decode/geometry.js';
import { heifHeader } from '../../src/decode/heif-header.js';

const geometry = { width: 8, height: 8, channels: 1, resize: 'cover', crop: 1, kernel: 'bilinear' } as const;

/** Grey, 8 x 8, of limited range: pixel i is 4 i. Pillow wrote it, as sharp does not write such files. */
const LIMITED = Buffer.from(
  'AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOltZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAAHmls' +
    'b2MAAAAARAAAAQABAAAAAQAAAQ0AAAA1AAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGhpcHJwAAAASWlwY28AAAAUaXNwZQAA' +
    'AAAAAAAIAAAACAAAAA5waXhpAAAAAAEIAAAADGF2MUOBABwAAAAAE2NvbHJuY2x4AAEADQAGAAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAAPW1kYXQSAAoI' +
    'GAi/YYCGgxAyJxAAiB8FRnEXedEq7TAGtFteI4tB5rcewEKi6QJFgGc4ig8zr02lIA==',
  'base64',
);

const raw = { raw: { width: 8, height: 8, channels: 4 } } as const;
const withAlpha = await sharp(
  Uint8Array.from({ length: 256 }, (_, at) => at),
  raw,
)
  .avif()
  .toBuffer();

function premultiplied(): Buffer {
  const file = Buffer.from(withAlpha);
  file.write('prem', file.indexOf('auxl', 0, 'latin1'), 'latin1');
  return file;
}

describe('heifHeader', () => {
  test('says what the image is', () => {
    const colour = { brand: 'avif', isGrey: false, isLimited: false, isPremultiplied: false };
    expect(heifHeader(withAlpha)).toEqual(colour);
    expect(heifHeader(LIMITED)).toEqual({ ...colour, isGrey: true, isLimited: true });
    expect(heifHeader(premultiplied())).toEqual({ ...colour, isPremultiplied: true });
    expect(heifHeader(Buffer.from('no image'))).toBeUndefined();
  });

  test('reads no further than a file goes, wherever it is cut', () => {
    for (let length = 0; length < LIMITED.length; length++)
      expect(heifHeader(LIMITED.subarray(0, length))?.isPremultiplied ?? false).toBe(false);
  });
});

describe('decodeImage', () => {
  test('stretches a grey AVIF of limited range to 0 to 255', async () => {
    const into = new Uint8Array(imageBytes(geometry));
    await decodeImage({ kind: 'encoded', bytes: LIMITED }, geometry, into);
    const errors = [...into].map((value, at) => Math.abs(value - 4 * at));
    expect(Math.max(...errors)).toBeLessThanOrEqual(2);
  });

  test('refuses an AVIF whose colours are multiplied by alpha', async () => {
    const into = new Uint8Array(imageBytes(geometry));
    await expect(decodeImage({ kind: 'encoded', bytes: premultiplied() }, geometry, into)).rejects.toThrow(
      'AVIF whose colours are multiplied by alpha',
    );
  });
});
