import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { resolvePreprocess } from '../../src/model/preprocess.js';
import { readSidecar, sidecarPath } from '../../src/model/sidecar.js';

const SOURCES = join(import.meta.dirname, '..', '..', 'scripts', 'export');
const folder = mkdtempSync(join(tmpdir(), 'strata-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs Python with none of the exporters' packages but what this machine happens to have. */
function python(args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('python3', args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, PYTHONPATH: SOURCES, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return { status, stdout, stderr: stderr.trimEnd() };
}

const hasPython = python(['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0;
const inFolder = (name: string) => join(folder, name);

describe.skipIf(!hasPython)('an exporter', () => {
  writeFileSync(inFolder('net.bin'), '');
  test.each([
    ['torch', ['torchvision', 'resnet50'], /the following arguments are required: --out/],
    ['torch', ['tensorflow', 'resnet50', '--out', 'net.onnx'], /invalid choice: '?tensorflow/],
    ['torch', ['torchvision', 'resnet50', '--out', inFolder('net')], /--out must end in \.onnx/],
    ['torch', ['timm', 'r', '--out', 'no/such/net.onnx'], /--out: no such folder: no\/such/],
    [
      'torch',
      ['timm', 'r', '--out', inFolder('n.onnx'), '--weights', 'n.pth'],
      /--weights: no such file: n\.pth/,
    ],
    [
      'torch',
      ['timm', 'r', '--out', inFolder('n.onnx'), '--weights', inFolder('net.bin')],
      /of \.pth, \.pt, \.saf/,
    ],
    ['torch', ['timm', 'r', '--out', inFolder('n.onnx'), '--seed', '1'], /--seed is for --weights random: 1/],
    [
      'torch',
      ['timm', 'r', '--out', inFolder('n.onnx'), '--classes', 'no.txt'],
      /--classes: no such file: no\.txt/,
    ],
    [
      'torch',
      ['timm', 'r', '--out', inFolder('n.onnx'), '--weight', 'random'],
      /unrecognized arguments: --weight/,
    ],
    ['keras', ['ResNet50', '--out', inFolder('net.onnx')], /--out must be a folder/],
    ['keras', ['ResNet50', '--out', folder], /--out is a folder with something in it/],
    ['keras', ['--out', inFolder('net')], /a NAME of keras\.applications or --weights FILE is needed/],
  ])('export_%s.py %j is refused in one line, before a library is loaded', (kind, args, message) => {
    const { status, stderr } = python([join(SOURCES, `export_${kind}.py`), ...args]);
    expect(stderr).toMatch(message);
    expect(stderr.split('\n')).toHaveLength(1);
    expect(status).toBe(2);
  });
});

function written(name: string, code: string): string {
  const model = inFolder(name);
  const { status, stderr } = python(['-c', `import sidecar\n${code}`, model]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return model;
}

const model = { format: 'graph', name: 'net', input: { height: 6, width: 7, channels: 3 } } as Parameters<
  typeof resolvePreprocess
>[0]['model'];

describe.skipIf(!hasPython)('the sidecar of an exporter', () => {
  test('is read back by strata, beside a file', async () => {
    const path = written(
      'one.onnx',
      `import sys\nsidecar.write_sidecar(sys.argv[1], {**sidecar.colours((.485, .456, .406), (.229, .224, .225)), **sidecar.resizing(224, 256, "bicubic")}, ["a", "b"], (6, 7))`,
    );
    expect(sidecarPath(path)).toBe(inFolder('one.strata.json'));
    expect(await readSidecar(path)).toEqual({
      preprocess: { preset: 'torch', resize: 'cover', crop: 0.875, kernel: 'bicubic' },
      inputSize: { height: 6, width: 7 },
      classes: ['a', 'b'],
    });
  });

  test.each([
    ['torch', '(.485, .456, .406), (.229, .224, .225)'],
    ['tf', '(.5, .5, .5), (.5, .5, .5)'],
    ['raw', '(0, 0, 0), (1/255, 1/255, 1/255)'],
  ])('says %s where the library declares that', (preset, declared) => {
    const { stdout } = python([
      '-c',
      `import json, sidecar; print(json.dumps(sidecar.colours(${declared})))`,
    ]);
    expect(JSON.parse(stdout)).toEqual({ preset });
  });

  test('refuses a filter that strata does not have', () => {
    const { status, stderr } = python(['-c', 'import sidecar; sidecar.resizing(224, 256, "hamming")']);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'it resizes images by hamming, which strata does not have (nearest, bilinear, bicubic, lanczos)',
    );
  });

  test('states mean and scale of pixels where strata has no name for them', async () => {
    const path = written(
      'two.onnx',
      `import sys\nsidecar.write_sidecar(sys.argv[1], sidecar.colours((.1, .2, .3), (.5, .25, .125)))`,
    );
    const sidecar = (await readSidecar(path))?.preprocess;
    const { mean, scale, channelOrder } = resolvePreprocess({ model, sidecar });
    const pixel = [10, 20, 30];
    const got = pixel.map((value, at) => (value - mean[at]!) * scale[at]!);
    const expected = [(10 / 255 - 0.1) / 0.5, (20 / 255 - 0.2) / 0.25, (30 / 255 - 0.3) / 0.125];
    for (const [at, value] of got.entries()) expect(value).toBeCloseTo(expected[at]!, 12);
    expect(channelOrder).toBe('rgb');
  });
});

test.each(['torch', 'keras'])('%s_requirements.txt pins every package to one version', (kind) => {
  const lines = readFileSync(join(SOURCES, `${kind}_requirements.txt`), 'utf8').split('\n');
  const packages = lines.filter((line) => line !== '' && !line.startsWith('#'));
  expect(packages.length).toBeGreaterThan(10);
  for (const line of packages) expect(line).toMatch(/^[a-z0-9_-]+==[0-9][0-9a-z.]*$/);
  expect(existsSync(join(SOURCES, `export_${kind}.py`))).toBe(true);
});
