import { describe, expect, it } from 'vitest';
import type { Tap } from '../../../src/model/model.js';
import { onnxModel } from '../../../src/model/onnx/onnx-model.js';
import { type NodeModel, node, saveNodes, wave } from './node-model.js';

async function tapsOf(model: NodeModel): Promise<ReadonlyMap<string, Tap>> {
  const { taps } = await onnxModel(saveNodes(model), undefined);
  return new Map(taps.map((tap) => [tap.name, tap]));
}

/** The axes of a tap, each with its length. */
function described(tap: Tap | undefined): string {
  return tap?.axes?.map((meaning, at) => `${meaning} ${tap.shape[at]}`).join(', ') ?? 'none';
}

const CONV = node('Conv', ['x', 'w'], 'conv');
const W = { w: [[8, 3, 1, 1], wave(24)] } as const;
/** (batch, 8, 4, 4) as tokens (batch, 16, 8). */
const TOKENS = [
  CONV,
  node('Reshape', ['conv', 'flat'], 'joined'),
  node('Transpose', ['joined'], 'tokens', { perm: [0, 2, 1] }),
];

describe('the axes of an ONNX model', () => {
  it('are those of a map with its channels last behind a convolution', async () => {
    const taps = await tapsOf({ nodes: [CONV, node('Relu', ['conv'], 'relu')], floats: W });
    expect(described(taps.get('relu'))).toBe('height 4, width 4, channels 8');
  });

  it('are tokens and channels where a map is flattened and transposed, and a map again behind that', async () => {
    const taps = await tapsOf({
      nodes: [
        ...TOKENS,
        node('LayerNormalization', ['tokens', 'gamma', 'beta'], 'norm', { axis: -1 }),
        node('MatMul', ['norm', 'dense.w'], 'dense'),
        node('Transpose', ['dense'], 'back', { perm: [0, 2, 1] }),
        node('Reshape', ['back', 'square'], 'map'),
      ],
      floats: { ...W, gamma: [[8], wave(8)], beta: [[8], wave(8)], 'dense.w': [[8, 5], wave(40)] },
      wholes: { flat: [0, 0, -1], square: [0, 0, 4, 4] },
    });
    expect(described(taps.get('joined'))).toBe('tokens 16, channels 8');
    for (const name of ['tokens', 'norm']) expect(described(taps.get(name))).toBe('tokens 16, channels 8');
    expect(described(taps.get('dense'))).toBe('tokens 16, channels 5');
    expect(described(taps.get('map'))).toBe('height 4, width 4, channels 5');
  });

  it('follow heads of attention through their products', async () => {
    const taps = await tapsOf({
      nodes: [
        ...TOKENS,
        node('Reshape', ['tokens', 'heads'], 'split'),
        node('Transpose', ['split'], 'q', { perm: [0, 2, 1, 3] }),
        node('Transpose', ['split'], 'k', { perm: [0, 2, 3, 1] }),
        node('MatMul', ['q', 'k'], 'scores'),
        node('Softmax', ['scores'], 'weights', { axis: -1 }),
        node('MatMul', ['weights', 'q'], 'mixed'),
        node('Transpose', ['mixed'], 'turned', { perm: [0, 2, 1, 3] }),
        node('Reshape', ['turned', 'whole'], 'out'),
      ],
      floats: W,
      wholes: { flat: [0, 0, -1], heads: [0, 0, 2, 4], whole: [0, 0, 8] },
    });
    expect(described(taps.get('q'))).toBe('channels 2, tokens 16, channels 4');
    expect(described(taps.get('weights'))).toBe('channels 2, tokens 16, tokens 16');
    expect(described(taps.get('mixed'))).toBe('channels 2, tokens 16, channels 4');
    expect(described(taps.get('out'))).toBe('tokens 16, channels 8');
  });

  it('come back from windows that lie in the batch meanwhile', async () => {
    const taps = await tapsOf({
      nodes: [
        CONV,
        node('Transpose', ['conv'], 'last', { perm: [0, 2, 3, 1] }),
        node('Reshape', ['last', 'cut'], 'parts'),
        node('Transpose', ['parts'], 'grouped', { perm: [0, 1, 3, 2, 4, 5] }),
        node('Reshape', ['grouped', 'windows'], 'inside'),
        node('MatMul', ['inside', 'dense.w'], 'dense'),
        node('Reshape', ['dense', 'uncut'], 'ungrouped'),
        node('Transpose', ['ungrouped'], 'unturned', { perm: [0, 1, 3, 2, 4, 5] }),
        node('Reshape', ['unturned', 'whole'], 'map'),
      ],
      floats: { ...W, 'dense.w': [[8, 8], wave(64)] },
      wholes: {
        cut: [-1, 2, 2, 2, 2, 8],
        windows: [-1, 4, 8],
        uncut: [-1, 2, 2, 2, 2, 8],
        whole: [-1, 4, 4, 8],
      },
    });
    expect(taps.has('inside')).toBe(false);
    expect(described(taps.get('map'))).toBe('height 4, width 4, channels 8');
  });

  it('follow attention as PyTorch writes it, the batch in the middle and together with the heads', async () => {
    const taps = await tapsOf({
      nodes: [
        ...TOKENS,
        node('Transpose', ['tokens'], 'turned', { perm: [1, 0, 2] }),
        node('MatMul', ['turned', 'in.w'], 'projected'),
        node('Reshape', ['projected', 'three'], 'parted'),
        node('Unsqueeze', ['parted', 'zero'], 'wide'),
        node('Transpose', ['wide'], 'qkv', { perm: [3, 1, 2, 0, 4] }),
        node('Squeeze', ['qkv', 'minus2'], 'each'),
        node('Gather', ['each', 'first'], 'q', { axis: 0 }),
        node('Gather', ['each', 'second'], 'k', { axis: 0 }),
        node('Reshape', ['q', 'heads'], 'q.heads'),
        node('Transpose', ['q.heads'], 'q.turned', { perm: [1, 0, 2] }),
        node('Reshape', ['k', 'heads'], 'k.heads'),
        node('Transpose', ['k.heads'], 'k.turned', { perm: [1, 2, 0] }),
        node('MatMul', ['q.turned', 'k.turned'], 'scores'),
        node('Softmax', ['scores'], 'weights', { axis: -1 }),
        node('MatMul', ['weights', 'q.turned'], 'attended'),
        node('Transpose', ['attended'], 'back', { perm: [1, 0, 2] }),
        node('Reshape', ['back', 'rows'], 'flat.rows'),
        node('Gemm', ['flat.rows', 'out.w'], 'gemm'),
        node('Reshape', ['gemm', 'whole'], 'reshaped'),
        node('Transpose', ['reshaped'], 'out', { perm: [1, 0, 2] }),
        node('Add', ['tokens', 'out'], 'sum'),
      ],
      floats: { ...W, 'in.w': [[8, 24], wave(192)], 'out.w': [[8, 8], wave(64)] },
      input: [5, 3, 4, 4],
      wholes: {
        ...{ flat: [0, 0, -1], three: [0, 0, 3, 8], zero: [0], minus2: [-2], first: [0], second: [1] },
        ...{ heads: [16, 10, 4], rows: [80, 8], whole: [16, 5, 8] },
      },
    });
    expect(described(taps.get('out'))).toBe('tokens 16, channels 8');
    expect(described(taps.get('sum'))).toBe('tokens 16, channels 8');
  });

  it('are steps and channels of a recurrent layer, whose batch is in the middle', async () => {
    const recurrent = {
      op: 'LSTM',
      name: 'lstm',
      inputs: ['seq', 'lstm.w', 'lstm.r'],
      outputs: ['y', 'h'],
      attributes: { hidden_size: 5 },
    };
    const taps = await tapsOf({
      nodes: [
        node('Transpose', ['x'], 'rows', { perm: [2, 0, 3, 1] }),
        node('Reshape', ['rows', 'seq.shape'], 'seq'),
        recurrent,
        node('Squeeze', ['y', 'one'], 'states'),
        node('Transpose', ['states'], 'out', { perm: [1, 0, 2] }),
      ],
      floats: { 'lstm.w': [[1, 20, 12], wave(240)], 'lstm.r': [[1, 20, 5], wave(100)] },
      wholes: { 'seq.shape': [0, -1, 12], one: [1] },
    });
    expect(described(taps.get('out'))).toBe('steps 4, channels 5');
  });

  it('are unknown behind a reshape that cuts across channels, until a dense layer makes features', async () => {
    const taps = await tapsOf({
      nodes: [CONV, node('Reshape', ['conv', 'raw'], 'cut'), node('MatMul', ['cut', 'dense.w'], 'dense')],
      floats: { w: [[6, 3, 1, 1], wave(18)], 'dense.w': [[12, 2], wave(24)] },
      wholes: { raw: [0, 8, 12] },
    });
    expect(described(taps.get('cut'))).toBe('unknown 8, unknown 12');
    expect(taps.get('cut')?.unknownSince).toBe('Reshape at cut');
    expect(described(taps.get('dense'))).toBe('tokens 8, channels 2');
  });

  it('keep the channels of a mixer whose products are along its tokens', async () => {
    const taps = await tapsOf({
      nodes: [
        ...TOKENS,
        node('Transpose', ['tokens'], 'turned', { perm: [0, 2, 1] }),
        node('MatMul', ['turned', 'mix.w'], 'mixed'),
        node('Transpose', ['mixed'], 'back', { perm: [0, 2, 1] }),
        node('Add', ['tokens', 'back'], 'sum'),
      ],
      floats: { ...W, 'mix.w': [[16, 16], wave(256)] },
      wholes: { flat: [0, 0, -1] },
    });
    expect(described(taps.get('back'))).toBe('tokens 16, channels 8');
    expect(described(taps.get('sum'))).toBe('tokens 16, channels 8');
  });

  it('follow Einsum, Concat, Gather, Slice, Split and ReduceMean', async () => {
    const taps = await tapsOf({
      nodes: [
        ...TOKENS,
        node('Einsum', ['tokens', 'dense.w'], 'einsum', { equation: 'btc,cd->btd' }),
        node('Concat', ['tokens', 'tokens'], 'longer', { axis: 1 }),
        node('Slice', ['longer', 'one', 'three', 'one'], 'slice'),
        node('Gather', ['longer', 'place'], 'first', { axis: 1 }),
        { ...node('Split', ['tokens', 'halves'], 'half', { axis: 2 }), outputs: ['half', 'other'] },
        node('ReduceMean', ['conv', 'one'], 'over', { keepdims: 0 }),
      ],
      floats: { ...W, 'dense.w': [[8, 3], wave(24)] },
      wholes: { flat: [0, 0, -1], one: [1], three: [3], place: [0, 2], halves: [4, 4] },
    });
    expect(described(taps.get('einsum'))).toBe('tokens 16, channels 3');
    expect(described(taps.get('longer'))).toBe('tokens 32, channels 8');
    expect(described(taps.get('slice'))).toBe('tokens 2, channels 8');
    expect(described(taps.get('first'))).toBe('tokens 2, channels 8');
    expect(described(taps.get('half'))).toBe('tokens 16, channels 4');
    expect(described(taps.get('over'))).toBe('height 4, width 4');
  });

  it('tell a value whose first axis is no batch, however long it is', async () => {
    const nodes = [
      node('Relu', ['x'], 'relu'),
      node('Transpose', ['relu'], 'turned', { perm: [2, 0, 1, 3] }),
    ];
    for (const side of [6, 7, 8]) {
      const taps = await tapsOf({ nodes, input: ['N', 3, side, side] });
      expect([...taps.keys()], `${side}`).toEqual(['x', 'relu']);
    }
  });
});
