import { describe, expect, it } from 'vitest';
import { onnxBackend } from '../../src/backend/onnx-runtime.js';
import { chooseColumns } from '../../src/extract/columns.js';
import { prepareForward } from '../../src/forward/prepare-forward.js';
import { onnxModel } from '../../src/model/onnx/onnx-model.js';
import { resolvePreprocess } from '../../src/model/preprocess.js';
import { resolveTaps } from '../../src/model/resolve-taps.js';
import { type NodeModel, node, SMALL, saveNodes, wave } from '../model/onnx/node-model.js';

const BATCH = 2;

/** The features of a tap under each reduction, for a batch of pixels without order. */
async function pooled(model: NodeModel, tap: string, reductions: readonly string[]) {
  const opened = await onnxModel(saveNodes(model), undefined);
  const columns = chooseColumns(resolveTaps([tap], opened.taps), reductions);
  const preprocess = resolvePreprocess({ model: opened, declared: { preset: 'raw' } });
  const prepared = await prepareForward({
    ...{ backend: await onnxBackend(), model: opened, preprocess, columns, batch: BATCH, seed: 0 },
    ...{ compute: 'float32', forward: 'compiled', classify: false, halves: false },
  });
  const pass = prepared.open();
  const pixels = Uint8Array.from({ length: BATCH * SMALL.side ** 2 * 3 }, (_, at) => (at * 7919) & 255);
  const { features } = await pass.run(pixels, { columns: columns.map((_, at) => at), classify: false });
  pass.dispose();
  return features.map((values) => Array.from(values.slice(0, values.length / BATCH)));
}

/** (height, width, channels) pixels of the first image, as `pooled` gives them. */
const image = Array.from({ length: 48 }, (_, at) => (at * 7919) & 255);

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const TOKENS = [
  node('Reshape', ['x', 'flat'], 'joined'),
  node('Transpose', ['joined'], 'tokens', { perm: [0, 2, 1] }),
];
const channelMeans = [0, 1, 2].map((channel) => mean(image.filter((_, at) => at % 3 === channel)));
const channelMaxima = [0, 1, 2].map((channel) => Math.max(...image.filter((_, at) => at % 3 === channel)));

describe('a forward pass of an ONNX model', () => {
  it('is refused for a tap that depends on random numbers, and made for one before it', async () => {
    const nodes = [
      node('Relu', ['x'], 'relu'),
      node('RandomNormalLike', ['relu'], 'noise'),
      node('Add', ['relu', 'noise'], 'sum'),
    ];
    await expect(pooled({ nodes }, 'sum', ['flatten'])).rejects.toThrow(
      /^tap depends on random numbers: sum, since RandomNormalLike at noise \(/,
    );
    expect((await pooled({ nodes }, 'relu', ['flatten']))[0]).toHaveLength(48);
  });
});

describe('pooling of an ONNX model', () => {
  it.each(['joined', 'tokens'])('goes over the tokens of %s', async (tap) => {
    const model = { nodes: TOKENS, wholes: { flat: [0, 0, -1] } };
    const [average, most] = await pooled(model, tap, ['average-pool', 'max-pool']);
    for (const [at, value] of average!.entries()) expect(value).toBeCloseTo(channelMeans[at]!, 3);
    expect(most).toEqual(channelMaxima);
  });

  it('goes over the rows of an image that a recurrent layer reads one after the other', async () => {
    const lstm = {
      ...{ op: 'LSTM', name: 'lstm', inputs: ['seq', 'lstm.w', 'lstm.r'], outputs: ['y'] },
      attributes: { hidden_size: 5 },
    };
    const model = {
      nodes: [
        node('Transpose', ['x'], 'rows', { perm: [2, 0, 3, 1] }),
        node('Reshape', ['rows', 'seq.shape'], 'seq'),
        lstm,
        node('Squeeze', ['y', 'one'], 'states'),
        node('Transpose', ['states'], 'out', { perm: [1, 0, 2] }),
      ],
      floats: {
        'lstm.w': [[1, 20, 12], wave(240).map((one) => one / 500)],
        'lstm.r': [[1, 20, 5], wave(100)],
      } as const,
      wholes: { 'seq.shape': [0, -1, 12], one: [1] },
    };
    const [average, whole] = await pooled(model, 'out', ['average-pool', 'flatten']);
    expect(average).toHaveLength(5);
    for (const [unit, value] of average!.entries())
      expect(value).toBeCloseTo(mean(whole!.filter((_, at) => at % 5 === unit)), 5);
  });

  it('keeps heads and their features, and goes over the tokens between them', async () => {
    const model = {
      nodes: [
        ...TOKENS,
        node('MatMul', ['tokens', 'w'], 'wide'),
        node('Reshape', ['wide', 'heads'], 'split'),
        node('Transpose', ['split'], 'turned', { perm: [0, 2, 1, 3] }),
      ],
      floats: { w: [[3, 4], wave(12)] } as const,
      wholes: { flat: [0, 0, -1], heads: [0, 0, 2, 2] },
    };
    const reductions = ['average-pool', 'max-pool', 'grid-pool:1', 'flatten'];
    const [average, most, grid, whole] = await pooled(model, 'turned', reductions);
    const [byHand, mostByHand] = [mean, (values: readonly number[]) => Math.max(...values)].map((pool) =>
      [0, 1, 2, 3].map((feature) => {
        const [head, unit] = [Math.floor(feature / 2), feature % 2];
        return pool(whole!.filter((_, at) => Math.floor(at / 32) === head && at % 2 === unit));
      }),
    );
    for (const [at, value] of byHand!.entries()) {
      expect(average![at]).toBeCloseTo(value, 2);
      expect(grid![at]).toBeCloseTo(value, 2);
      expect(most![at]).toBeCloseTo(mostByHand![at]!, 3);
    }
  });

  it('is refused where the channels are not known, with the tap, its shape, the op and what works', async () => {
    const model = { nodes: [node('Reshape', ['x', 'raw'], 'cut')], wholes: { raw: [0, 8, 6] } };
    for (const reduction of ['average-pool', 'max-pool', 'grid-pool:2'])
      await expect(pooled(model, 'cut', [reduction])).rejects.toThrow(
        'tap cannot be pooled: cut (8x6): which of its axes are channels is not known since Reshape at cut ' +
          '(flatten, random-subset:N and random-projection:N work)',
      );
    expect((await pooled(model, 'cut', ['flatten', 'random-subset:5'])).map(({ length }) => length)).toEqual([
      48, 5,
    ]);
  });
});
