import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/decode/decode-image.js';
import { type Geometry, imageBytes, RESAMPLE_KERNELS } from '../../src/decode/geometry.js';

const python = process.env.STRATA_PYTHON ?? '.venv/bin/python';
const installed =
  (existsSync(python) || !python.includes('/')) && spawnSync(python, ['-c', 'import PIL']).status === 0;

// torchvision's Resize of one number and center_crop, timm's sizes, and keras.utils.load_img, on Pillow: the images are read
// from and the pixels written to stdin and stdout.
const SCRIPT = `
import base64, io, json, math, sys
from PIL import Image, ImageOps
given = json.load(sys.stdin)
images = [Image.open(io.BytesIO(base64.b64decode(one))).convert('RGB') for one in given['images']]

def center_crop(image, width, height):
    w, h = image.size
    if width > w or height > h:
        left, top = max(0, (width - w) // 2), max(0, (height - h) // 2)
        image = ImageOps.expand(image, (left, top, max(0, (width - w + 1) // 2), max(0, (height - h + 1) // 2)), 0)
        w, h = image.size
        if (w, h) == (width, height):
            return image
    top, left = int(round((h - height) / 2.0)), int(round((w - width) / 2.0))
    return image.crop((left, top, left + width, top + height))

def shaped(image, wanted):
    w, h = image.size
    width, height, kernel = wanted['width'], wanted['height'], Image.Resampling[wanted['kernel'].upper()]
    box = [math.floor(one / wanted['crop'] + 1e-6) for one in (width, height)]
    if wanted['resize'] == 'cover':
        short, long = min(w, h), max(w, h)
        other = int(box[0] * long / short)
        size = (box[0], other) if w <= h else (other, box[0])
    elif wanted['resize'] == 'contain':
        ratio = max(w / box[0], h / box[1])
        size = tuple(max(1, round(one / ratio)) for one in (w, h))
    else:
        size = tuple(box)
    return center_crop(image.resize(size, kernel), width, height)

print(json.dumps([[base64.b64encode(shaped(image, wanted).tobytes()).decode() for wanted in given['wanted']] for image in images]))
`;

const SIZES: readonly (readonly [number, number])[] = [
  ...([
    [1, 1],
    [3, 2],
    [28, 28],
    [32, 32],
    [47, 90],
  ] as const),
  ...([
    [64, 63],
    [101, 57],
    [200, 33],
    [333, 499],
    [500, 375],
  ] as const),
];

const square = { width: 64, height: 64, channels: 3 } as const;
const WANTED: readonly Geometry[] = [
  ...RESAMPLE_KERNELS.flatMap((kernel) => [
    { ...square, resize: 'cover', crop: 0.875, kernel } as const,
    { ...square, resize: 'stretch', crop: 1, kernel } as const,
  ]),
  { ...square, resize: 'cover', crop: 64 / 71, kernel: 'bicubic' },
  { ...square, resize: 'cover', crop: 64 / 51, kernel: 'bicubic' },
  { ...square, resize: 'contain', crop: 1, kernel: 'bilinear' },
  { ...square, width: 90, height: 41, resize: 'stretch', crop: 0.9, kernel: 'bilinear' },
];

const files = await Promise.all(
  SIZES.map(([width, height]) =>
    sharp(
      Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 7919) % 251),
      { raw: { width, height, channels: 3 } },
    )
      .png()
      .toBuffer(),
  ),
);

function referencePixels(): Buffer[][] {
  const given = { images: files.map((file) => file.toString('base64')), wanted: WANTED };
  const { stdout, stderr } = spawnSync(python, ['-c', SCRIPT], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as string[][]).map((all) => all.map((one) => Buffer.from(one, 'base64')));
}

describe.skipIf(!installed)('decodeImage beside Pillow and the sizes of torchvision and timm', () => {
  test('gives the same bytes at ten sizes, with every kernel and rule', async () => {
    const expected = referencePixels();
    for (const [at, bytes] of files.entries())
      for (const [which, geometry] of WANTED.entries()) {
        const into = new Uint8Array(imageBytes(geometry));
        await decodeImage({ kind: 'encoded', bytes }, geometry, into);
        const differing = into.reduce((sum, value, i) => sum + Number(value !== expected[at]![which]![i]), 0);
        expect({ size: SIZES[at], geometry, differing }).toEqual({ size: SIZES[at], geometry, differing: 0 });
      }
  });
});
