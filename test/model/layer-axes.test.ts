import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { chooseColumns } from '../../src/extract/columns.js';
import type { FrozenModel } from '../../src/model/model.js';
import { openModel } from '../../src/model/open-model.js';
import { resolveTaps } from '../../src/model/resolve-taps.js';
import { makeReducer } from '../../src/reduce/reduction.js';
import { savedLayers, writeModel } from './save-model.js';
import { noiseImages } from './tiny-models.js';

const { layers } = tf;

beforeAll(async () => {
  await loadBackend('tensorflow');
});

/** A model of layers one after the other, on images of 4 x 4 x 3. */
async function opened(...stack: readonly tf.layers.Layer[]): Promise<FrozenModel> {
  const image = tf.input({ shape: [4, 4, 3], name: 'image' });
  const outputs = stack.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, image);
  const saved = await savedLayers(tf.model({ inputs: image, outputs }));
  // tfjs does not save the data format of a Conv1D; Keras does.
  const text = JSON.stringify(saved.json).replaceAll(
    /"name":"turned_conv"/g,
    '"name":"turned_conv","data_format":"channels_first"',
  );
  return openModel(writeModel({ ...saved, json: JSON.parse(text) }), {});
}

/** A tap's activation of one image, and what a reduction makes of it. */
async function reducedTap(model: FrozenModel, tap: string, reduction: string) {
  const [column] = chooseColumns(resolveTaps([tap], model.taps), [reduction]);
  const { source, how } = column!;
  const images = noiseImages([1, 4, 4, 3]);
  const reducer = makeReducer(how, { ...source, tap, seed: 0 });
  let [values, features]: unknown[] = [];
  await model.run(images, [tap], (_, activation) => {
    values = (activation.arraySync() as unknown[])[0];
    const made = reducer.apply(activation);
    [features] = made.arraySync();
    made.dispose();
  });
  reducer.dispose();
  images.dispose();
  model.dispose();
  return { values: values as number[][], features: features as number[], shape: source.shape };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const rows = () => layers.reshape({ targetShape: [4, 12], name: 'rows' });

describe('average-pool of a layers model', () => {
  it.each([
    ['lstm', () => [rows(), layers.lstm({ units: 5, returnSequences: true, name: 'lstm' })], 5],
    ['gru', () => [rows(), layers.gru({ units: 3, returnSequences: true, name: 'gru' })], 3],
    ['rows', () => [rows()], 12],
    ['tokens', () => [layers.reshape({ targetShape: [16, 3], name: 'tokens' })], 3],
    ['dense', () => [rows(), layers.dense({ units: 2, name: 'dense' })], 2],
    [
      'both',
      () => [
        rows(),
        layers.bidirectional({
          layer: layers.gru({ units: 3, returnSequences: true }) as never,
          mergeMode: 'concat',
          name: 'both',
        }),
      ],
      6,
    ],
    ['each', () => [rows(), layers.timeDistributed({ layer: layers.dense({ units: 7 }), name: 'each' })], 7],
    ['conv', () => [rows(), layers.conv1d({ filters: 5, kernelSize: 1, name: 'conv' })], 5],
    [
      'turned_conv',
      () => [
        layers.permute({ dims: [3, 1, 2], name: 'first' }),
        layers.reshape({ targetShape: [3, 16], name: 'flat' }),
        layers.conv1d({
          filters: 5,
          kernelSize: 3,
          dataFormat: 'channelsFirst',
          name: 'turned_conv',
        } as never),
      ],
      5,
    ],
  ] as const)('goes over the first axis of %s and keeps the last', async (tap, stack, features) => {
    const model = await opened(...stack());
    const found = await reducedTap(model, tap, 'average-pool');
    expect(found.features).toHaveLength(features);
    for (const [at, value] of found.features.entries())
      expect(value).toBeCloseTo(mean(found.values.map((row) => row[at]!)), 5);
    expect(found.shape).toEqual([found.values.length, found.values[0]!.length]);
  });

  it.each([
    ['turned', () => [rows(), layers.permute({ dims: [2, 1], name: 'turned' })], 12],
    [
      'flat',
      () => [
        layers.permute({ dims: [3, 1, 2], name: 'first' }),
        layers.reshape({ targetShape: [3, 16], name: 'flat' }),
      ],
      3,
    ],
  ] as const)('goes over the last axis of %s, whose channels are first', async (tap, stack, features) => {
    const found = await reducedTap(await opened(...stack()), tap, 'average-pool');
    expect(found.features).toHaveLength(features);
    for (const [at, value] of found.features.entries()) expect(value).toBeCloseTo(mean(found.values[at]!), 5);
  });

  it('and the other pools keep the channels of a convolution with channels first', async () => {
    const stack = () => [
      layers.permute({ dims: [3, 1, 2], name: 'first' }),
      layers.conv2d({ filters: 2, kernelSize: 3, dataFormat: 'channelsFirst', name: 'conv' }),
    ];
    for (const [reduction, pool] of [
      ['average-pool', mean],
      ['max-pool', (values: readonly number[]) => Math.max(...values)],
      ['grid-pool:1', mean],
    ] as const) {
      const found = await reducedTap(await opened(...stack()), 'conv', reduction);
      const byHand = (found.values as unknown as number[][][]).map((map) => pool(map.flat()));
      for (const [at, value] of found.features.entries()) expect(value).toBeCloseTo(byHand[at]!, 5);
      expect(found.shape).toEqual([2, 2, 2]);
    }
  });

  it('is refused for a vector cut up, and the default is then a random subset of a wide one', async () => {
    const cut = (shape: number[]) => [
      layers.flatten({ name: 'flat' }),
      layers.dense({ units: shape.reduce((a, b) => a * b, 1), name: 'dense' }),
      layers.reshape({ targetShape: shape, name: 'cut' }),
    ];
    const model = await opened(...cut([4, 5]));
    const taps = resolveTaps(['cut'], model.taps);
    expect(() => chooseColumns(taps, ['max-pool'])).toThrow(
      /^tap cannot be pooled: cut \(4x5\): which of its axes are channels is not known since Reshape at cut \(flatten, /,
    );
    expect(chooseColumns(taps, undefined).map(({ reduction }) => reduction)).toEqual(['flatten']);
    const wide = await opened(...cut([64, 64]));
    expect(
      chooseColumns(resolveTaps(['cut'], wide.taps), undefined).map(({ reduction }) => reduction),
    ).toEqual(['random-subset:2048']);
    model.dispose();
    wide.dispose();
  });
});
