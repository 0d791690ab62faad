import { describe, expect, it } from 'vitest';
import { onnxModel } from '../../../src/model/onnx/onnx-model.js';
import { type NodeModel, node, saveNodes, wave } from './node-model.js';

/** The axes of a model's tap `end`, each with its length. */
async function axesOfEnd(model: NodeModel): Promise<string> {
  const { taps } = await onnxModel(saveNodes(model), undefined);
  const end = taps.find(({ name }) => name === 'end');
  return end?.axes?.map((meaning, at) => `${meaning} ${end.shape[at]}`).join(', ') ?? 'none';
}

const WHOLES = { one: [1], minus: [-1], flat: [0, 0, -1], rgb: [1, 3, 1, 1], tiles: [1, 1, 3] };
/** Tokens (batch, 16, 8) of the image. */
const TOKENS = [
  node('Conv', ['x', 'w'], 'conv'),
  node('Reshape', ['conv', 'flat'], 'joined'),
  node('Transpose', ['joined'], 'tokens', { perm: [0, 2, 1] }),
];
const FLOATS = {
  w: [[8, 3, 1, 1], wave(24)],
  colours: [[1, 3, 1, 1], wave(3)],
  frequencies: [[1, 1, 6], wave(6)],
  mix: [[16, 16, 1], wave(256)],
  rows: [[4, 4, 1, 1], wave(16)],
} as const;

describe('an axis that had length 1', () => {
  it('is channels where means and maxima over channels are joined, as in spatial attention', async () => {
    const over = (op: string, output: string, keepdims: number) =>
      node(op, ['x', 'one'], output, { keepdims });
    const join = node('Concat', ['mean', 'most'], 'end', { axis: 1 });
    const kept = [over('ReduceMean', 'mean', 1), over('ReduceMax', 'most', 1), join];
    expect(await axesOfEnd({ nodes: kept, wholes: WHOLES })).toBe('height 4, width 4, channels 2');
    const stacked = [
      ...[over('ReduceMean', 'flat.mean', 0), node('Unsqueeze', ['flat.mean', 'one'], 'mean')],
      ...[over('ReduceMax', 'flat.most', 0), node('Unsqueeze', ['flat.most', 'one'], 'most'), join],
    ];
    expect(await axesOfEnd({ nodes: stacked, wholes: WHOLES })).toBe('height 4, width 4, channels 2');
  });

  it.each([
    ['by arithmetic', node('Sub', ['x', 'colours'], 'end')],
    ['by Expand', node('Expand', ['x', 'rgb'], 'end')],
    ['by Tile', node('Tile', ['x', 'rgb'], 'end')],
  ])('is channels where a grey image gets three of them %s', async (_, last) => {
    const model = { nodes: [last], floats: FLOATS, wholes: WHOLES, input: ['N', 1, 4, 4] };
    expect(await axesOfEnd(model)).toBe('height 4, width 4, channels 3');
  });

  it('is channels where a number of each token is multiplied by several', async () => {
    const nodes = (keepdims: number) => [
      ...TOKENS,
      node('ReduceMean', ['tokens', 'minus'], keepdims === 1 ? 'column' : 'numbers', { keepdims }),
      ...(keepdims === 1 ? [] : [node('Unsqueeze', ['numbers', 'minus'], 'column')]),
      node('Mul', ['column', 'frequencies'], 'end'),
    ];
    for (const keepdims of [0, 1])
      expect(await axesOfEnd({ nodes: nodes(keepdims), floats: FLOATS, wholes: WHOLES })).toBe(
        'tokens 16, channels 6',
      );
    const tiled = [...nodes(0).slice(0, -1), node('Tile', ['column', 'tiles'], 'end')];
    expect(await axesOfEnd({ nodes: tiled, floats: FLOATS, wholes: WHOLES })).toBe('tokens 16, channels 3');
  });

  it('is tokens where the tensor has channels besides', async () => {
    const nodes = [
      node('Reshape', ['x', 'row'], 'features'),
      node('Unsqueeze', ['features', 'one'], 'column'),
      node('Concat', ['column', 'column'], 'end', { axis: 1 }),
    ];
    expect(await axesOfEnd({ nodes, wholes: { ...WHOLES, row: [0, -1] } })).toBe('tokens 2, channels 48');
  });
});

describe('a convolution along positions', () => {
  it.each([
    ['first', ['mixed', 'tokens']],
    ['last', ['tokens', 'mixed']],
  ])('keeps the channels of a mixer, its residual %s', async (_, terms) => {
    const nodes = [...TOKENS, node('Conv', ['tokens', 'mix'], 'mixed'), node('Add', terms, 'end')];
    expect(await axesOfEnd({ nodes, floats: FLOATS, wholes: WHOLES })).toBe('tokens 16, channels 8');
  });

  it('keeps the channels of a map whose rows are in their place', async () => {
    const nodes = [
      node('Conv', ['x', 'w'], 'conv'),
      node('Transpose', ['conv'], 'turned', { perm: [0, 2, 1, 3] }),
      node('Conv', ['turned', 'rows'], 'mixed'),
      node('Mul', ['mixed', 'turned'], 'end'),
    ];
    expect(await axesOfEnd({ nodes, floats: FLOATS, wholes: WHOLES })).toBe('tokens 4, channels 8, width 4');
  });
});
