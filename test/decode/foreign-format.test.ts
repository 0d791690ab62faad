import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/decode/decode-image.js';
import { foreignFormat } from '../../src/decode/foreign-format.js';
import { imageBytes } from '../../src/decode/geometry.js';

describe('foreignFormat', () => {
  test.each([
    ['BMP', 'BM\x46\0\0\0\0\0\0\0\x36'],
    ['PNM', 'P6\n2 1\n255\n'],
    ['JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['JPEG XL', '\xff\x0a\0'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['animated AVIF', '\0\0\0\x18ftypavis\0\0\0\0avifavis'],
    ['ICO', '\0\0\x01\0\x01\0'],
    ['DICOM', `${'\0'.repeat(128)}DICM`],
    [undefined, 'hello'],
    [undefined, ''],
  ])('%s', (name, start) => {
    expect(foreignFormat(Buffer.from(start, 'latin1'))).toBe(name);
  });

  test('is undefined for what is read', async () => {
    const image = () => sharp(new Uint8Array(12), { raw: { width: 2, height: 2, channels: 3 } });
    for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)
      expect(foreignFormat(await image().toFormat(format).toBuffer())).toBeUndefined();
  });

  test('is the reason why decodeImage refuses a file', async () => {
    const geometry = {
      width: 2,
      height: 2,
      channels: 3,
      resize: 'cover',
      crop: 1,
      kernel: 'bilinear',
    } as const;
    const bytes = Buffer.from('P6\n2 1\n255\n123456');
    await expect(
      decodeImage({ kind: 'encoded', bytes }, geometry, new Uint8Array(imageBytes(geometry))),
    ).rejects.toThrow('PNM file, a format that is not read');
  });
});
