import { existsSync } from 'node:fs';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { chooseColumns } from '../../src/extract/columns.js';
import { largestDeviation } from '../../src/forward/deviation.js';
import { EagerForward } from '../../src/forward/eager-forward.js';
import { prepareForward } from '../../src/forward/prepare-forward.js';
import type { FrozenModel } from '../../src/model/model.js';
import { openModel } from '../../src/model/open-model.js';
import { resolvePreprocess } from '../../src/model/preprocess.js';
import { toFloat16 } from '../../src/store/float16.js';
import { quantised, savedLayers, saveLayers, writeModel } from '../model/save-model.js';
import { savedModelFolder } from '../model/saved-model/saved-models.js';
import { tinyGraph } from '../model/tiny-graph.js';
import {
  branchedModel,
  foldableModel,
  manyOutputsModel,
  nestedModel,
  residualModel,
  sharedModel,
} from '../model/tiny-models.js';
import { type Asked, everyColumn, featuresOf, pixelsFor, requestFor } from './requests.js';

const REDUCTIONS = [
  'flatten',
  'average-pool',
  'max-pool',
  'grid-pool:2',
  'random-subset:9',
  'random-projection:5',
];

const MODELS: Readonly<Record<string, () => Promise<string>>> = {
  'with dropout and a classifier': () => saveLayers(residualModel()),
  'with batch norms, depthwise convolutions and shortcuts': () => saveLayers(foldableModel()),
  'inside a model': () => saveLayers(nestedModel()),
  'with a shared layer': () => saveLayers(sharedModel()),
  'with branches and two outputs': () => saveLayers(branchedModel()),
  'with a layer of several outputs': () => saveLayers(manyOutputsModel()),
  'with float16 weights': async () => writeModel(quantised(await savedLayers(foldableModel()), 'float16')),
  'of the graph format': async () => writeModel(tinyGraph()),
  'of Keras 3 as a SavedModel': async () => savedModelFolder('keras'),
  'as a SavedModel with calls in calls': async () => savedModelFolder('module'),
  'as a SavedModel of TensorFlow 1': async () => savedModelFolder('version-1'),
};

beforeAll(async () => {
  await loadBackend('tensorflow');
});

/** The largest deviation of the compiled from the eager features, over all columns. */
async function deviationOf(path: string, asked: Asked): Promise<number> {
  const request = await requestFor(path, asked);
  const prepared = await prepareForward(request);
  expect(prepared).toMatchObject({ kind: 'compiled' });
  const expected = await featuresOf(request, new EagerForward(request));
  const found = await featuresOf(request, prepared.open());
  expect([...found.keys()]).toEqual([...expected.keys()]);
  // The last image is what fills up a batch that is partly full: its features are not stored.
  const stored = (values: Float32Array | Uint16Array) =>
    (values as Float32Array).subarray(0, (values.length / request.batch) * (request.batch - 1));
  const deviations = [...expected].map(([column, values]) =>
    largestDeviation(stored(values), stored(found.get(column)!)),
  );
  return Math.max(...deviations);
}

test('the mean over as many positions as a photograph has keeps its digits', async () => {
  const strided = tf.layers.conv2d({ inputShape: [224, 224, 3], filters: 1, kernelSize: 1, strides: 64 });
  const path = await saveLayers(tf.sequential({ layers: [strided] }));
  const asked = { taps: ['input'], reduce: ['average-pool'] };
  const { model } = await requestFor(path, asked);
  const preprocess = resolvePreprocess({ model, declared: { preset: 'caffe', channelOrder: 'rgb' } });
  const request = await requestFor(path, { ...asked, change: { preprocess } });
  const [averages] = [...(await featuresOf(request, (await prepareForward(request)).open())).values()];
  const pixels = pixelsFor(request);
  for (const [channel, mean] of preprocess.mean.entries()) {
    let sum = 0;
    for (let at = channel; at < 224 * 224 * 3; at += 3) sum += pixels[at]! - mean;
    const exact = sum / 224 ** 2;
    expect(Math.abs(averages![channel]! - exact) / Math.abs(exact)).toBeLessThan(1e-5);
  }
});

describe.each(Object.entries(MODELS))('a model %s', (_, make) => {
  test('gives the same features compiled as eager, at every tap and reduction', async () => {
    expect(await deviationOf(await make(), { reduce: REDUCTIONS, batch: 3 })).toBeLessThan(1e-5);
  });

  test('gives the same bytes whatever other taps are asked for', async () => {
    const path = await make();
    const all = await requestFor(path);
    const together = await featuresOf(all, (await prepareForward(all)).open());
    for (const { source } of all.columns) {
      const alone = await requestFor(path, { taps: [source.name] });
      const found = await featuresOf(alone, (await prepareForward(alone)).open());
      for (const [column, values] of found) expect(values, column).toEqual(together.get(column));
    }
  });
});

test('a classifier gives its probabilities beside the features', async () => {
  const request = await requestFor(await saveLayers(residualModel()), { change: { classify: true } });
  const pass = (await prepareForward(request)).open();
  const { probabilities } = await pass.run(pixelsFor(request), everyColumn(request));
  const eager = await new EagerForward(request).run(pixelsFor(request), everyColumn(request));
  expect(probabilities).toHaveLength(2 * 5);
  expect(largestDeviation(eager.probabilities!, probabilities!)).toBeLessThan(1e-5);
  pass.dispose();
});

test('a SavedModel that ends in logits gives its probabilities beside the features', async () => {
  const model = await openModel(savedModelFolder('module'), { signature: 'logits' });
  const columns = chooseColumns(model.taps, ['average-pool']);
  const change = { classify: true, model, columns };
  const request = await requestFor(savedModelFolder('module'), { change });
  const prepared = await prepareForward(request);
  expect(prepared).toMatchObject({ kind: 'compiled' });
  const pass = prepared.open();
  const { probabilities } = await pass.run(pixelsFor(request), everyColumn(request));
  expect(probabilities).toHaveLength(2 * 3);
  expect(probabilities!.slice(0, 3).reduce((sum, one) => sum + one)).toBeCloseTo(1, 5);
  pass.dispose();
});

test('a SavedModel that computes in half precision is compiled, and agrees with its ops one by one', async () => {
  const model = await openModel(savedModelFolder('module'), { signature: 'half' });
  const columns = chooseColumns(model.taps, ['average-pool']);
  const request = await requestFor(savedModelFolder('module'), { change: { model, columns } });
  expect(await prepareForward(request)).toMatchObject({ kind: 'compiled' });
});

test('features leave as float16 where they are stored as that, rounded as strata rounds them', async () => {
  const path = await saveLayers(foldableModel());
  const [wide, narrow] = [await requestFor(path), await requestFor(path, { change: { halves: true } })];
  const expected = await featuresOf(wide, (await prepareForward(wide)).open());
  const found = await featuresOf(narrow, (await prepareForward(narrow)).open());
  for (const [column, values] of expected) {
    const halves = new Uint16Array(values.length);
    toFloat16(values as Float32Array, halves);
    expect(found.get(column), column).toEqual(halves);
  }
});

test('only what is wanted of a batch is computed, and the arrays of two runs are not the same', async () => {
  const request = await requestFor(await saveLayers(residualModel()));
  const pass = (await prepareForward(request)).open();
  const pixels = pixelsFor(request);
  const some = { columns: [5, 2], classify: false };
  const first = await pass.run(pixels, some);
  expect(first.features.map(({ length }) => length)).toEqual(
    [5, 2].map((place) => 2 * request.columns[place]!.features),
  );
  expect(first.probabilities).toBeUndefined();
  const kept = first.features[0]!.slice();
  const second = await pass.run(new Uint8Array(pixels.length), some);
  expect(second.features[0]).not.toEqual(kept);
  expect(first.features[0]).toEqual(kept);
  pass.dispose();
});

test('a run leaves no tensor behind', async () => {
  const request = await requestFor(await saveLayers(foldableModel()), { reduce: REDUCTIONS });
  const before = tf.memory().numTensors;
  const pass = (await prepareForward(request)).open();
  await pass.run(pixelsFor(request), everyColumn(request));
  pass.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('the ops of a run can be had with their times', async () => {
  const request = await requestFor(await saveLayers(foldableModel()));
  const pass = (await prepareForward(request)).open();
  const ops = await pass.profile!(pixelsFor(request), everyColumn(request));
  expect(ops.map(({ op }) => op)).toContain('FusedConv2D');
  expect(ops.every(({ startMicros, micros }) => startMicros >= 0 && micros >= 0)).toBe(true);
  pass.dispose();
});

describe('what cannot be compiled', () => {
  /** A model whose run is changed on the way. */
  async function changed(run: (original: FrozenModel['run']) => FrozenModel['run']) {
    const request = await requestFor(await saveLayers(residualModel()));
    return { ...request, model: { ...request.model, run: run(request.model.run.bind(request.model)) } };
  }

  test('runs eagerly, with the reason, where the network reads what it computes', async () => {
    const request = await changed((original) => async (images, taps, visit) => {
      const sum = tf.tidy(() => images.sum());
      const [value] = sum.dataSync();
      sum.dispose();
      expect(value).not.toBeNaN();
      await original(images, taps, visit);
    });
    const prepared = await prepareForward(request);
    expect(prepared.kind).toBe('eager');
    expect(prepared.reason).toBe('the network reads what it has computed while it runs');
    const features = await featuresOf(request, prepared.open());
    expect(features.size).toBe(request.columns.length);
  });

  test('runs eagerly, with the reason, where the graph does not give what the eager run gives', async () => {
    let runs = 0;
    const request = await changed((original) => async (images, taps, visit) => {
      const scaled = tf.tidy(() => images.mul<tf.Tensor4D>(1 + runs++));
      await original(scaled, taps, visit);
      scaled.dispose();
    });
    const { kind, reason } = await prepareForward(request);
    expect(kind).toBe('eager');
    expect(reason).toMatch(/^\S+ differs by \d\.\de[+-]\d+ from its eager value$/);
  });

  test('is an error where bfloat16 was asked for, which there is only compiled', async () => {
    const request = await requestFor(await saveLayers(residualModel()), {
      change: { compute: 'bfloat16', forward: 'eager' },
    });
    await expect(prepareForward(request)).rejects.toThrow(
      'bfloat16 needs a network that TensorFlow runs as one graph (--forward compiled)',
    );
  });
});

const SHARED = '../shared/models';
describe.skipIf(!existsSync(SHARED))('the networks of ../shared', () => {
  test.each([
    ['mobilenet-v2', ['inputs', 'merges', 'out_relu']],
    ['resnet50-to-add12', ['inputs', 'merges', 'activation_9']],
  ])('%s gives the same features compiled as eager', async (name, taps) => {
    const reduce = ['average-pool', 'max-pool', 'grid-pool:2', 'random-subset:50', 'random-projection:20'];
    expect(await deviationOf(join(SHARED, name), { taps, reduce })).toBeLessThan(1e-5);
  });
});
