import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { openModel } from '../../src/model/open-model.js';
import { makeReducer, parseReduction } from '../../src/reduce/reduction.js';
import { writeModel } from './save-model.js';
import { tinyGraph } from './tiny-graph.js';
import { noiseImages } from './tiny-models.js';

beforeAll(async () => {
  await loadBackend('tensorflow');
});

const T = { T: { type: 'DT_FLOAT' } };

function node(op: string, name: string, input: string[], attr: Record<string, unknown> = {}) {
  return { name, op, input, attr: { ...T, ...attr } };
}

function whole(name: string, ...values: number[]) {
  return { name, shape: [values.length], dtype: 'int32' as const, values };
}

/** Behind `merged`, (batch, 6, 6, 4). */
const EXTRA = [
  node('Transpose', 'first', ['merged', 'nchw']),
  node('Reshape', 'joined', ['first', 'joined_shape']),
  node('Transpose', 'tokens', ['joined', 'last']),
  node('BatchMatMulV2', 'scores', ['tokens', 'joined']),
  node('BatchMatMulV2', 'attended', ['scores', 'tokens']),
  node('BatchMatMulV2', 'dense', ['attended', 'weights']),
  node('Split', 'halves', ['minus', 'dense'], { num_split: { i: '3' } }),
  node('ConcatV2', 'longer', ['dense', 'dense', 'one']),
  node('StridedSlice', 'slice', ['longer', 'begin', 'end', 'ones'], {
    ...{ begin_mask: { i: '5' }, end_mask: { i: '5' }, shrink_axis_mask: { i: '0' } },
    ...{ ellipsis_mask: { i: '0' }, new_axis_mask: { i: '0' } },
  }),
  node('Mean', 'over_channels', ['merged', 'last_axis'], { keep_dims: { b: false } }),
  node('Reshape', 'cut', ['joined', 'cut_shape']),
  node('AddV2', 'end', ['longer', 'slice_whole']),
];

const CONSTANTS = [
  ...[whole('nchw', 0, 3, 1, 2), whole('joined_shape', -1, 4, 36), whole('last', 0, 2, 1)],
  ...[whole('begin', 0, 2, 0), whole('end', 0, 5, 0), whole('ones', 1, 1, 1), whole('last_axis', 3)],
  { ...whole('minus', -1), shape: [] },
  { ...whole('one', 1), shape: [] },
  whole('cut_shape', -1, 16, 9),
  { name: 'slice_whole', shape: [1], values: [0] },
];

async function opened(output: string) {
  const extra = EXTRA.slice(0, EXTRA.findIndex(({ name }) => name === output) + 1);
  return openModel(writeModel(tinyGraph({ extra, constants: CONSTANTS })), {});
}

/** The axes of a graph's output, each with its length. */
async function axesOf(output: string): Promise<string> {
  const model = await opened(output);
  const tap = model.taps.find(({ name }) => name === output);
  model.dispose();
  return tap?.axes?.map((meaning, at) => `${meaning} ${tap.shape[at]}`).join(', ') ?? 'none';
}

describe('the axes of a graph model', () => {
  it.each([
    ['merged', 'height 6, width 6, channels 4'],
    ['first', 'channels 4, height 6, width 6'],
    ['joined', 'channels 4, tokens 36'],
    ['tokens', 'tokens 36, channels 4'],
    ['attended', 'tokens 36, channels 4'],
    ['dense', 'tokens 36, channels 3'],
    ['longer', 'tokens 72, channels 3'],
    ['over_channels', 'height 6, width 6'],
    ['cut', 'unknown 16, unknown 9'],
  ])('of %s are %s', async (output, axes) => {
    expect(await axesOf(output)).toBe(axes);
  });

  it('tell a node whose first axis is no batch, however long it is', async () => {
    const extra = [
      node('Reshape', 'heads', ['merged', 'heads_shape']),
      node('Transpose', 'turned', ['heads', 'heads_first']),
      node('Relu', 'end', ['turned']),
    ];
    const constants = [whole('heads_shape', -1, 36, 2, 2), whole('heads_first', 2, 0, 1, 3)];
    const model = await openModel(writeModel(tinyGraph({ extra, constants })), {});
    const names = model.taps.map(({ name }) => name);
    model.dispose();
    expect(names).toContain('heads');
    expect(names).not.toContain('turned');
    expect(names).not.toContain('end');
  });

  it('decide what average-pool goes over', async () => {
    const model = await opened('joined');
    const tap = model.taps.find(({ name }) => name === 'joined')!;
    const reducer = makeReducer(parseReduction('average-pool'), { ...tap, tap: tap.name, seed: 0 });
    const images = noiseImages([1, 6, 6, 3]);
    await model.run(images, ['joined'], (_, activation) => {
      const [rows] = activation.arraySync() as number[][][];
      const pooled = reducer.apply(activation);
      const [features] = pooled.arraySync();
      expect(features).toHaveLength(4);
      for (const [at, value] of features!.entries())
        expect(value).toBeCloseTo(rows![at]!.reduce((sum, one) => sum + one, 0) / 36, 5);
      pooled.dispose();
    });
    reducer.dispose();
    images.dispose();
    model.dispose();
  });
});
