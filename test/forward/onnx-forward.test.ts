import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEFT_ALONE } from '../../src/forward/onnx/onnx-forward.js';
import { openNetwork } from '../../src/model/open-model.js';
import { sparseProjection } from '../../src/reduce/random-projection.js';
import { subsetIndices } from '../../src/reduce/random-subset.js';
import { SIDE as SIZE, saveTiny, type TinyOptions, tinyOnnx } from '../model/onnx/tiny-onnx.js';
import { BATCH, openedPass } from './onnx-passes.js';

let folder = '';
let path = '';

async function features(taps: readonly string[], reductions: readonly string[], from = path) {
  const { pass, pixels, columns, wanted } = await openedPass(from, taps, reductions);
  const result = await pass.run(pixels, wanted);
  pass.dispose();
  const named = columns.map(
    ({ tap, reduction }, at) => [`${tap} ${reduction}`, result.features[at]!] as const,
  );
  return new Map<string, Float32Array | Uint16Array>([...named, ['probabilities', result.probabilities!]]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-onnx-'));
  path = join(folder, 'net.onnx');
  await writeFile(path, tinyOnnx());
});

afterAll(() => rm(folder, { recursive: true }));

describe('the rewritings that are left alone', () => {
  it('are all known to this onnxruntime', async () => {
    const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
    const libraries = join(folder, 'bin', 'napi-v6', process.platform, process.arch);
    const name = (await readdir(libraries)).find((file) => file.includes('libonnxruntime.'))!;
    const library = await readFile(join(libraries, name), 'latin1');
    const known = LEFT_ALONE.filter(
      (one) => library.includes(one) || library.includes(one.replace(/L[12]$/, '')),
    );
    expect(known).toEqual(LEFT_ALONE);
  });
});

describe('an ONNX model', () => {
  it('has taps with the module paths of PyTorch, channels last', async () => {
    const { taps, classifier } = await openNetwork(path, {});
    expect(taps.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'image input',
      'stem.0 convolution',
      'stem.1 normalisation',
      'stem.2 activation',
      'block.conv convolution',
      'block.bn normalisation',
      'block.Add merge',
      'block.relu activation',
      'pool pooling',
      'flat other',
      'fc dense',
    ]);
    expect(taps[1]?.shape).toEqual([SIZE, SIZE, 32]);
    expect(classifier).toEqual({ tap: 'fc', outputs: 10 });
  });

  it('gives every column the same bytes whatever else is tapped', async () => {
    const all = await features(['all'], ['average-pool', 'flatten']);
    for (const taps of [['merges'], ['convolutions'], ['normalisations'], ['activations'], ['stem.1', 'fc']])
      for (const [name, values] of await features(taps, ['average-pool', 'flatten']))
        expect(all.get(name), `${taps} ${name}`).toEqual(values);
  });

  it('averages through 1x1 convolutions what is the average of the flattened values, whatever else is tapped', async () => {
    for (const strides of [
      [1, 1],
      [2, 2],
    ] as const) {
      const other = await saveTiny(folder, `bottleneck-${strides[0]}.onnx`, { strides });
      const all = await features(['all'], ['average-pool', 'flatten'], other);
      for (const tap of ['block.Add', 'block.bn', 'block.narrow', 'block.short']) {
        const flat = all.get(`${tap} flatten`)!;
        const places = flat.length / BATCH / 32;
        const means = Array.from({ length: BATCH * 32 }, (_, at) => {
          const first = Math.floor(at / 32) * places * 32 + (at % 32);
          const values = Array.from({ length: places }, (_, place) => flat[first + place * 32]!);
          return values.reduce((sum, value) => sum + value, 0) / places;
        });
        const pooled = all.get(`${tap} average-pool`)!;
        const most = Math.max(...means.map(Math.abs));
        expect(Math.max(...means.map((mean, at) => Math.abs(mean - pooled[at]!))) / most).toBeLessThan(2e-6);
      }
      for (const [name, values] of await features(['merges'], ['average-pool'], other))
        expect(all.get(name), name).toEqual(values);
    }
  });

  it('reduces as its flattened values are reduced', async () => {
    const found = await features(['block.Add'], ['flatten', 'average-pool', 'max-pool', 'grid-pool:2']);
    const flat = found.get('block.Add flatten')!;
    const at = (row: number, channel: number) =>
      Array.from({ length: SIZE * SIZE }, (_, place) => flat[(row * SIZE * SIZE + place) * 32 + channel]!);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const corner = at(1, 5).filter((_, place) => place % SIZE < 4 && place < 32);
    expect(found.get('block.Add average-pool')![32 + 5]).toBeCloseTo(mean(at(1, 5)), 5);
    expect(found.get('block.Add max-pool')![32 + 5]).toBe(Math.max(...at(1, 5)));
    expect(found.get('block.Add grid-pool:2')![4 * 32 + 5]).toBeCloseTo(mean(corner), 5);
  });

  it('sums and picks what the reductions of other formats sum and pick', async () => {
    const names = ['flatten', 'random-subset:20', 'random-projection:6'];
    const found = await features(['block.Add'], names);
    const flat = found.get('block.Add flatten') as Float32Array;
    const options = { tap: 'block.Add', shape: [SIZE, SIZE, 32], seed: 0 };
    const row = flat.subarray(flat.length / 2);
    const picked = Array.from(subsetIndices(20, options), (place) => row[place]!);
    expect(Array.from(found.get('block.Add random-subset:20')!.slice(20))).toEqual(picked);
    const { inputs, indices, weights } = sparseProjection(6, options);
    const projected = found.get('block.Add random-projection:6')!;
    for (let feature = 0; feature < 6; feature++) {
      let sum = 0;
      for (let at = feature * inputs; at < (feature + 1) * inputs; at++)
        sum += row[indices[at]!]! * weights[at]!;
      expect(projected[6 + feature]).toBeCloseTo(sum, 4);
    }
  });

  it('gives the same features from weights beside the file, with channels last and with a fixed batch', async () => {
    const expected = await features(['merges', 'fc'], ['average-pool', 'flatten']);
    const others: Readonly<Record<string, TinyOptions>> = {
      external: { weights: 'external.bin' },
      last: { layout: 'channels last' },
      fixed: { batch: BATCH },
    };
    for (const [name, options] of Object.entries(others)) {
      const other = await saveTiny(folder, `${name}.onnx`, options);
      expect(await features(['merges', 'fc'], ['average-pool', 'flatten'], other), name).toEqual(expected);
    }
  });

  it('gives float32 features of a float16 model, near those of the float32 one', async () => {
    const other = await saveTiny(folder, 'half.onnx', { type: 'float16' });
    const expected = await features(['merges', 'fc'], ['average-pool']);
    const found = await features(['merges', 'fc'], ['average-pool'], other);
    for (const [name, values] of expected) {
      const most = Math.max(...values.map(Math.abs));
      const halves = found.get(name)!;
      expect(halves).toBeInstanceOf(Float32Array);
      expect(Math.max(...values.map((value, at) => Math.abs(value - halves[at]!))) / most).toBeLessThan(5e-3);
    }
  });

  it('has each map reduced before deeper ones are computed, which is what keeps memory small', async () => {
    const { pass, pixels, wanted } = await openedPass(
      path,
      ['pool', 'block.relu', 'stem.2'],
      ['random-subset:5'],
    );
    const ops = (await pass.profile!(pixels, wanted)).map(({ op }) => op);
    pass.dispose();
    expect(ops.filter((op) => op === 'Gather')).toHaveLength(3);
    expect(ops.indexOf('Gather')).toBeLessThan(ops.lastIndexOf('Conv'));
    expect(ops.lastIndexOf('Conv')).toBeLessThan(ops.lastIndexOf('Gather'));
  });

  it('times the ops of one pass in their order', async () => {
    const { pass, pixels, wanted } = await openedPass(path, ['merges'], ['average-pool']);
    const ops = await pass.profile!(pixels, wanted);
    const alone = await pass.run(pixels, wanted);
    pass.dispose();
    expect(alone.probabilities).toHaveLength(BATCH * 10);
    expect(ops.filter(({ op }) => op === 'Gemm')).toHaveLength(1);
    const starts = ops.map(({ startMicros }) => startMicros);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(0);
  });

  it('may be asked for other columns from batch to batch', async () => {
    const { pass, pixels, wanted } = await openedPass(path, ['stem.2', 'block.Add', 'fc'], ['average-pool']);
    const all = await pass.run(pixels, wanted);
    const some = await pass.run(pixels, { columns: [2, 0], classify: false });
    pass.dispose();
    expect(some).toEqual({ features: [all.features[2], all.features[0]] });
  });

  it('fails instead of waiting for ever where its thread is gone', async () => {
    const { pass, pixels, wanted } = await openedPass(path, ['merges'], ['average-pool']);
    await pass.run(pixels, wanted);
    pass.dispose();
    await expect(pass.run(pixels, wanted)).rejects.toThrow('the thread of onnxruntime ended with code 1');
  });

  it('is refused in one line where its file is cut short', async () => {
    const cut = join(folder, 'cut.onnx');
    await writeFile(cut, tinyOnnx().subarray(0, 20_000));
    await expect(openNetwork(cut, {})).rejects.toThrow(/^model is not a whole ONNX file: .*cut\.onnx/);
  });
});
