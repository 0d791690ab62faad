import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxBackend } from '../../src/backend/onnx-runtime.js';
import { chooseColumns } from '../../src/extract/columns.js';
import { prepareForward } from '../../src/forward/prepare-forward.js';
import { floatTensor, modelMessage, nodeMessage, valueMessage } from '../../src/model/onnx/write.js';
import { openNetwork } from '../../src/model/open-model.js';
import { resolvePreprocess } from '../../src/model/preprocess.js';
import { resolveTaps } from '../../src/model/resolve-taps.js';

let folder = '';
let path = '';
const SIZE = 8;
const BATCH = 2;

function wave(count: number, step: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => Math.sin(at * step) / 2);
}

/** conv, batch norm, relu, then a residual block of the same: channels in the numbers that the runtime has fast kernels for. */
function residual(): Uint8Array {
  const conv = (name: string, input: string) =>
    nodeMessage({
      op: 'Conv',
      name: `/${name}/Conv`,
      inputs: [input, `${name}.w`],
      outputs: [`${name}_out`],
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    });
  const norm = (name: string, input: string) =>
    nodeMessage({
      op: 'BatchNormalization',
      name: `/${name}/BatchNormalization`,
      inputs: [input, 'gamma', 'beta', 'mean', 'var'],
      outputs: [`${name}_out`],
    });
  const plain = (op: string, name: string, inputs: string[]) =>
    nodeMessage({ op, name: `/${name}/${op}`, inputs, outputs: [`${name}_out`] });
  return modelMessage({
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    nodes: [
      conv('stem/stem.0', 'image'),
      norm('stem/stem.1', 'stem/stem.0_out'),
      plain('Relu', 'stem/stem.2', ['stem/stem.1_out']),
      conv('block/conv', 'stem/stem.2_out'),
      norm('block/bn', 'block/conv_out'),
      plain('Add', 'block', ['block/bn_out', 'stem/stem.2_out']),
      plain('Relu', 'block/relu', ['block_out']),
      plain('GlobalAveragePool', 'pool', ['block/relu_out']),
      plain('Flatten', 'flat', ['pool_out']),
      nodeMessage({ op: 'Gemm', name: '/fc/Gemm', inputs: ['flat_out', 'fc.w'], outputs: ['logits'] }),
    ],
    initializers: [
      floatTensor('stem/stem.0.w', [32, 3, 3, 3], wave(32 * 27, 0.7)),
      floatTensor('block/conv.w', [32, 32, 3, 3], wave(32 * 32 * 9, 1.3)),
      floatTensor(
        'gamma',
        [32],
        wave(32, 0.3).map((value) => value + 1),
      ),
      floatTensor('beta', [32], wave(32, 0.9)),
      floatTensor('mean', [32], wave(32, 0.4)),
      floatTensor(
        'var',
        [32],
        wave(32, 0.2).map((value) => value + 1),
      ),
      floatTensor('fc.w', [32, 10], wave(320, 0.5)),
    ],
    inputs: [valueMessage('image', 1, ['N', 3, SIZE, SIZE])],
    outputs: [valueMessage('logits', 1, ['N', 10])],
  });
}

async function features(taps: readonly string[], reductions: readonly string[]) {
  const model = await openNetwork(path, {});
  const columns = chooseColumns(resolveTaps(taps, model.taps), reductions);
  const preprocess = resolvePreprocess({ model, declared: { preset: 'tf' } });
  const request = { backend: await onnxBackend(), model, preprocess, columns, batch: BATCH, seed: 0 };
  const { open } = await prepareForward({
    ...request,
    ...{ compute: 'float32', forward: 'compiled', classify: true, halves: false },
  });
  const pass = open();
  const pixels = Uint8Array.from({ length: BATCH * SIZE * SIZE * 3 }, (_, at) => (at * 7919) & 255);
  const result = await pass.run(pixels, { columns: columns.map((_, at) => at), classify: true });
  pass.dispose();
  const named = columns.map(
    ({ tap, reduction }, at) => [`${tap} ${reduction}`, result.features[at]!] as const,
  );
  return new Map<string, Float32Array | Uint16Array>([...named, ['probabilities', result.probabilities!]]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-onnx-'));
  path = join(folder, 'net.onnx');
  await writeFile(path, residual());
});

afterAll(() => rm(folder, { recursive: true }));

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

  it('is refused in one line where its file is cut short', async () => {
    const cut = join(folder, 'cut.onnx');
    await writeFile(cut, residual().subarray(0, 20_000));
    await expect(openNetwork(cut, {})).rejects.toThrow(/^model is not a whole ONNX file: .*cut\.onnx/);
  });
});
