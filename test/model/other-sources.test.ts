import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import type { FrozenModel } from '../../src/model/model.js';
import { openModel } from '../../src/model/open-model.js';
import { isRandomOp } from '../../src/model/random-ops.js';
import { saveLayers, writeModel } from './save-model.js';
import { tinyGraph } from './tiny-graph.js';

const { layers } = tf;

beforeAll(async () => {
  await loadBackend('tensorflow');
});

/** What some taps of a model depend on besides the image; the model is freed. */
function dependences(model: FrozenModel, ...names: readonly string[]) {
  model.dispose();
  return names.map((name) => {
    const found = model.taps.find((tap) => tap.name === name)?.alsoDepends;
    return found && `${found.kind}: ${found.place}`;
  });
}

const FLOAT = { T: { type: 'DT_FLOAT' } };

function graph(op: string, input: string[], attr: Record<string, unknown>) {
  const extra = [
    { name: 'made', op, input, attr: { ...FLOAT, ...attr } },
    { name: 'end', op: 'AddV2', input: ['merged', 'made'], attr: FLOAT },
  ];
  const whole = { dtype: 'int32' as const };
  const constants = [
    { name: 'size', shape: [4], ...whole, values: [1, 6, 6, 4] },
    { name: 'first', shape: [1], ...whole, values: [0] },
    { name: 'second', shape: [1], ...whole, values: [1] },
    { name: 'ones', shape: [4], values: [1, 1, 1, 1] },
  ];
  return writeModel(tinyGraph({ extra, constants }));
}

describe('a graph model', () => {
  it.each([
    ['RandomUniform', ['size'], { dtype: { type: 'DT_FLOAT' } }, 'random: RandomUniform at made'],
    [
      'RandomStandardNormal',
      ['size'],
      { dtype: { type: 'DT_FLOAT' } },
      'random: RandomStandardNormal at made',
    ],
    ['Mean', ['merged', 'first'], { keep_dims: { b: true } }, 'batch: Mean at made'],
    ['Mean', ['merged', 'second'], { keep_dims: { b: true } }, undefined],
    [
      'FusedBatchNormV3',
      ['merged', 'ones', 'ones', 'ones', 'ones'],
      { is_training: { b: true }, epsilon: { f: 0.001 } },
      'batch: FusedBatchNormV3 at made',
    ],
    [
      'FusedBatchNormV3',
      ['merged', 'ones', 'ones', 'ones', 'ones'],
      { is_training: { b: false }, epsilon: { f: 0.001 } },
      undefined,
    ],
  ])('with %s of %j says what its taps depend on', async (op, input, attr, source) => {
    const model = await openModel(graph(op, input, attr), {});
    expect(dependences(model, 'merged', 'end')).toEqual([undefined, source]);
  });
});

describe('a layers model', () => {
  async function opened(...stack: readonly tf.layers.Layer[]): Promise<FrozenModel> {
    const image = tf.input({ batchShape: [2, 4, 4, 3], name: 'image' });
    const outputs = stack.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, image);
    return openModel(await saveLayers(tf.model({ inputs: image, outputs })), {});
  }

  it('depends on the image alone with layers that only train', async () => {
    const model = await opened(
      layers.dropout({ rate: 0.5 }),
      layers.gaussianNoise({ stddev: 1 }),
      layers.batchNormalization(),
      layers.reLU({ name: 'end' }),
    );
    expect(dependences(model, 'end')).toEqual([undefined]);
  });

  it('depends on earlier batches where a recurrent layer keeps its state', async () => {
    const model = await opened(
      layers.reshape({ targetShape: [4, 12], name: 'rows' }),
      layers.lstm({ units: 2, stateful: true, name: 'lstm' }),
      layers.dense({ units: 2, name: 'end' }),
    );
    expect(dependences(model, 'rows', 'end')).toEqual([undefined, 'earlier: LSTM at lstm']);
  });

  it('depends on its batch where a softmax is over that', async () => {
    const model = await opened(layers.softmax({ axis: 0, name: 'soft' }), layers.reLU({ name: 'end' }));
    expect(dependences(model, 'end')).toEqual(['batch: Softmax at soft']);
  });
});

describe('isRandomOp', () => {
  it.each([
    'RandomUniform',
    'RandomUniformInt',
    'RandomStandardNormal',
    'RandomShuffle',
    'RandomGamma',
    'TruncatedNormal',
    'ParameterizedTruncatedNormal',
    'Multinomial',
    'StatelessRandomUniformV2',
    'StatelessTruncatedNormal',
    'StatefulStandardNormalV2',
    'StatefulUniform',
    'RngReadAndSkip',
    'LogUniformCandidateSampler',
    'SampleDistortedBoundingBoxV2',
  ])('knows %s', (op) => {
    expect(isRandomOp(op)).toBe(true);
  });

  it.each(['RandomShuffleQueueV2', 'StatefulPartitionedCall', 'TruncateDiv', 'Relu'])(
    'leaves %s alone',
    (op) => {
      expect(isRandomOp(op)).toBe(false);
    },
  );
});
