import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS, pythonOf } from '../../scripts/setup/virtual-environment.js';
import { decodeImage } from '../../src/decode/decode-image.js';
import { type Geometry, imageBytes } from '../../src/decode/geometry.js';

const python = pythonOf(ENVIRONMENTS.torch);
const installed = existsSync(python);
if (!installed)
  process.stderr.write('images beside torchvision: skipped (make export-environment FROM=torchvision)\n');

// The preset of torchvision's weights without its normalisation, and transforms_imagenet_eval of timm for inputs that are not square.
const SCRIPT = `
import base64, io, json, sys
from PIL import Image
from timm.data.transforms_factory import transforms_imagenet_eval
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize
given = json.load(sys.stdin)
images = [Image.open(io.BytesIO(base64.b64decode(one))).convert('RGB') for one in given['images']]

def transform(wanted):
    width, height, kernel = wanted['width'], wanted['height'], wanted['kernel']
    if width == height and wanted['resize'] == 'cover':
        side = round(width / wanted['crop'])
        return Compose([Resize(side, InterpolationMode(kernel)), CenterCrop(width)])
    steps = transforms_imagenet_eval((height, width), wanted['crop'], {'cover': 'center', 'stretch': 'squash'}[wanted['resize']],
                                     interpolation=kernel)
    return Compose(steps.transforms[:2])

def encoded(image):
    return base64.b64encode(image.tobytes()).decode()

print(json.dumps([[encoded(transform(wanted)(image)) for wanted in given['wanted']] for image in images]))
`;

const SIZES: readonly (readonly [number, number])[] = [
  ...([
    [1, 1],
    [28, 28],
    [32, 32],
    [47, 90],
    [101, 57],
  ] as const),
  ...([
    [224, 225],
    [299, 299],
    [333, 499],
    [640, 427],
    [1024, 31],
  ] as const),
];

const square = { width: 224, height: 224, channels: 3, resize: 'cover' } as const;
const WANTED: readonly Geometry[] = [
  { ...square, crop: 224 / 256, kernel: 'bilinear' },
  { ...square, crop: 224 / 232, kernel: 'bicubic' },
  { ...square, crop: 224 / 246, kernel: 'lanczos' },
  { ...square, crop: 1, kernel: 'nearest' },
  { ...square, width: 299, height: 299, crop: 299 / 342, kernel: 'bilinear' },
  { ...square, crop: 224 / 194, kernel: 'bicubic' },
  { ...square, resize: 'stretch', crop: 0.9, kernel: 'bicubic' },
  { ...square, width: 96, height: 128, crop: 0.95, kernel: 'bicubic' },
];

function noise(width: number, height: number): Promise<Buffer> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 7919) % 251);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

function referencePixels(files: readonly Buffer[]): Buffer[][] {
  const given = { images: files.map((file) => file.toString('base64')), wanted: WANTED };
  const { stdout, stderr } = spawnSync(python, ['-c', SCRIPT], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as string[][]).map((all) => all.map((one) => Buffer.from(one, 'base64')));
}

describe.skipIf(!installed)('decodeImage beside torchvision and timm', () => {
  test('gives the same bytes at ten sizes, up and down', async () => {
    const files = await Promise.all(SIZES.map(([width, height]) => noise(width, height)));
    const expected = referencePixels(files);
    for (const [at, bytes] of files.entries())
      for (const [which, geometry] of WANTED.entries()) {
        const into = new Uint8Array(imageBytes(geometry));
        await decodeImage({ kind: 'encoded', bytes }, geometry, into);
        const differing = into.reduce((sum, value, i) => sum + Number(value !== expected[at]![which]![i]), 0);
        expect({ size: SIZES[at], geometry, differing }).toEqual({ size: SIZES[at], geometry, differing: 0 });
      }
  }, 300_000);
});
