import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { ENVIRONMENTS, pythonOf } from '../../scripts/setup/virtual-environment.js';
import { openCache } from '../../src/read/cache.js';
import { readSampleTable } from '../../src/read/samples.js';
import { strata, temporaryFolder } from '../cli/run-strata.js';

const SOURCES = join('scripts', 'export');
const [TORCH, KERAS] = [ENVIRONMENTS.torch, ENVIRONMENTS.tensorflow].map(pythonOf);
const TIMEOUT = 900_000;

function has(python: string, library: string): boolean {
  if (existsSync(python)) return true;
  process.stderr.write(`exporters of ${library}: skipped (make export-environment FROM=${library})\n`);
  return false;
}

/** Runs one of the exporters' Pythons; its last line of output. */
function python(program: string, args: readonly string[]): string {
  const env = { ...process.env, PYTHONPATH: SOURCES, TF_CPP_MIN_LOG_LEVEL: '3' };
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trim();
}

/** Runs the program behind `make export-model`. */
function exportModel(library: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(SOURCES, 'export-model.ts'), library, ...args],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr: stderr.trimEnd() };
}

async function fileHash(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** Extracts with nothing but the model named, and returns what its sidecar led to. */
async function extracted(folder: string, images: string, model: string) {
  const cache = join(folder, `cache-${createHash('sha256').update(model).digest('hex').slice(0, 8)}`);
  const args = ['extract', '--dataset', `folder:${images}`, '--carve', 'test=0', '--model', model];
  const { code, stderr } = await strata([
    ...args,
    '--taps',
    'paper',
    '--reduce',
    'average-pool',
    '--cache',
    cache,
  ]);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const opened = await openCache(cache);
  const { columns, manifest } = opened;
  const samples = await readSampleTable(opened, 'train');
  const { model: identity, preprocess } = manifest.identity;
  return { columns, identity, preprocess, samples };
}

/** Two classes of ImageNet, four images each in both splits, of noise. */
async function makeImages(folder: string): Promise<string> {
  const images = join(folder, 'images');
  for (const [at, name] of ['n01440764', 'n02102040'].entries())
    for (const split of ['train', 'val']) {
      await mkdir(join(images, split, name), { recursive: true });
      for (let image = 0; image < 4; image++) {
        const pixels = Buffer.from(
          Array.from({ length: 48 * 40 * 3 }, (_, byte) => (byte * (at + 3) * (image + 7)) % 251),
        );
        const raw = { width: 48, height: 40, channels: 3 } as const;
        await sharp(pixels, { raw })
          .png()
          .toFile(join(images, split, name, `${image}.png`));
      }
    }
  return images;
}

const folder = await temporaryFolder();
let images = '';
beforeAll(async () => {
  images = await makeImages(folder);
});

describe.skipIf(!has(TORCH!, 'torchvision'))('the exporter of torchvision and timm', () => {
  test(
    'writes equal bytes for one seed, others for another, and extract needs no more than the file',
    async () => {
      const [one, same, other] = ['one', 'same', 'other'].map((name) => join(folder, `${name}.onnx`));
      for (const [out, seed] of [
        [one, '1'],
        [same, '1'],
        [other, '2'],
      ] as const)
        expect(
          exportModel('torchvision', 'resnet18', '--weights', 'random', '--seed', seed, '--out', out!).status,
        ).toBe(0);
      expect(await fileHash(same!)).toBe(await fileHash(one!));
      expect(await fileHash(other!)).not.toBe(await fileHash(one!));
      const { columns, preprocess, samples } = await extracted(folder, images, one!);
      expect(columns).toHaveLength(9);
      expect(preprocess).toMatchObject({
        channelOrder: 'rgb',
        geometry: { resize: 'cover', crop: 224 / 256, kernel: 'bilinear' },
      });
      expect(samples.modelLoss.every(Number.isFinite)).toBe(true);
    },
    TIMEOUT,
  );

  test.each(['pth', 'safetensors'])(
    'takes a .%s file of weights, and gives the model that those weights make',
    async (ending) => {
      const weights = join(folder, `weights.${ending}`);
      const save =
        ending === 'pth' ? 'torch.save({"state_dict": s}, p)' : 'safetensors.torch.save_file(s, p)';
      python(TORCH!, [
        '-c',
        `import sys, torch, safetensors.torch, torchvision
torch.manual_seed(1)
s, p = torchvision.models.get_model("resnet18", weights=None).state_dict(), sys.argv[1]
${save}`,
        weights,
      ]);
      const [random, own] = [join(folder, `random-${ending}.onnx`), join(folder, `own-${ending}.onnx`)];
      exportModel('torchvision', 'resnet18', '--weights', 'random', '--seed', '1', '--out', random);
      expect(exportModel('torchvision', 'resnet18', '--weights', weights, '--out', own).status).toBe(0);
      expect(await fileHash(own)).toBe(await fileHash(random));
      expect(existsSync(own.replace('.onnx', '.strata.json'))).toBe(true);
    },
    TIMEOUT,
  );

  test(
    'takes the preprocessing that timm declares',
    async () => {
      const out = join(folder, 'timm.onnx');
      expect(exportModel('timm', 'resnet18.a1_in1k', '--weights', 'random', '--out', out).status).toBe(0);
      const { columns, preprocess } = await extracted(folder, images, out);
      expect(columns).toHaveLength(9);
      expect(preprocess).toMatchObject({
        channelOrder: 'rgb',
        geometry: { resize: 'cover', crop: 224 / 235, kernel: 'bicubic' },
      });
    },
    TIMEOUT,
  );

  test.each([
    [
      'a network that is unknown',
      ['torchvision', 'resnet51', '--weights', 'random'],
      /has no such network: resnet51/,
    ],
    [
      'weights that are none',
      ['torchvision', 'resnet18', '--weights', 'bad.pth'],
      /cannot export resnet18: checkpoint/,
    ],
  ])(
    'refuses %s in one line',
    async (_what, [library, ...args], message) => {
      const bad = join(folder, 'bad.pth');
      await writeFile(bad, 'not a checkpoint');
      const words = args.map((word) => (word === 'bad.pth' ? bad : word));
      const { status, stderr } = exportModel(library!, ...words, '--out', join(folder, 'none.onnx'));
      expect(stderr).toMatch(message);
      expect(stderr.split('\n')).toHaveLength(1);
      expect(status).toBe(2);
      expect(existsSync(join(folder, 'none.onnx'))).toBe(false);
    },
    TIMEOUT,
  );
});

describe.skipIf(!has(KERAS!, 'keras'))('the exporter of Keras', () => {
  test(
    'writes the same network for one seed, and extract needs no more than the folder',
    async () => {
      const [one, same] = ['keras-one', 'keras-same'].map((name) => join(folder, name));
      for (const out of [one, same])
        expect(
          exportModel('keras', 'MobileNetV2', '--weights', 'random', '--seed', '1', '--out', out!).status,
        ).toBe(0);
      const { columns, identity, preprocess, samples } = await extracted(folder, images, one!);
      expect(columns).toHaveLength(11);
      expect(preprocess.mean).toEqual([127.5, 127.5, 127.5]);
      expect(preprocess).toMatchObject({ geometry: { resize: 'stretch', crop: 1, kernel: 'nearest' } });
      expect(samples.modelLoss.every(Number.isFinite)).toBe(true);
      // Keras numbers its variables in no order of its own, so that the files differ.
      expect((await extracted(folder, images, same!)).identity).toEqual(identity);
    },
    TIMEOUT,
  );

  test.each([
    ['keras', 'n.save(p)', []],
    ['h5', 'n.save_weights(p)', ['MobileNetV2']],
  ] as const)(
    'takes a .%s file',
    async (ending, save, name) => {
      const file = join(folder, `net${ending === 'h5' ? '.weights' : ''}.${ending}`);
      const code = `import sys, keras\nn, p = keras.applications.MobileNetV2(weights=None), sys.argv[1]\n${save}`;
      python(KERAS!, ['-c', code, file]);
      const out = join(folder, `from-${ending}`);
      const { status, stderr } = exportModel(
        'keras',
        ...name,
        '--weights',
        file,
        '--preset',
        'tf',
        '--out',
        out,
      );
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      expect((await extracted(folder, images, out)).columns).toHaveLength(11);
    },
    TIMEOUT,
  );
});
