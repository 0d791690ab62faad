import { describe, expect, it } from 'vitest';
import { onnxModel } from '../../../src/model/onnx/onnx-model.js';
import { type NodeModel, node, saveNodes, wave } from './node-model.js';

/** What the tap `end` of a model depends on besides the image. */
async function dependence(model: NodeModel): Promise<string | undefined> {
  const { taps } = await onnxModel(saveNodes(model), undefined);
  const found = taps.find(({ name }) => name === 'end')?.alsoDepends;
  return found && `${found.kind}: ${found.place}`;
}

/** (batch, 3), a mean of each channel. */
const MEANS = [node('GlobalAveragePool', ['x'], 'means.map'), node('Reshape', ['means.map', 'row'], 'means')];
const WHOLES = { row: [0, -1], zero: [0], one: [1], two: [2], three: [3], minus: [-1], far: [2 ** 40] };
const LEAST = { least: [-(2 ** 40)] };

describe('the images of a batch are combined', () => {
  it.each<readonly [string, string, NodeModel['nodes']]>([
    [
      'where an image is cut out of the batch',
      'Slice at cut',
      [node('Slice', ['x', 'zero', 'one', 'zero'], 'cut'), node('Sub', ['x', 'cut'], 'end')],
    ],
    [
      'where the batch is turned around',
      'Slice at cut',
      [node('Slice', ['x', 'minus', 'least', 'zero', 'minus'], 'cut'), node('Add', ['x', 'cut'], 'end')],
    ],
    [
      'where the batch is rolled',
      'Slice at after',
      [
        node('Slice', ['x', 'one', 'far', 'zero'], 'after'),
        node('Slice', ['x', 'zero', 'one', 'zero'], 'before'),
        node('Concat', ['after', 'before'], 'end', { axis: 0 }),
      ],
    ],
    [
      'where each is compared with each by a product',
      'MatMul at end',
      [
        ...MEANS,
        node('Transpose', ['means'], 'turned', { perm: [1, 0] }),
        node('MatMul', ['means', 'turned'], 'end'),
      ],
    ],
    [
      'where each is compared with each by Einsum',
      'Einsum at end',
      [...MEANS, node('Einsum', ['means', 'means'], 'end', { equation: 'id,jd->ij' })],
    ],
    [
      'where each is compared with each by broadcasting',
      'Sub at end',
      [
        ...MEANS,
        node('Unsqueeze', ['means', 'one'], 'rows'),
        node('Unsqueeze', ['means', 'zero'], 'columns'),
        node('Sub', ['rows', 'columns'], 'end'),
      ],
    ],
    [
      'where they are the weights of a convolution',
      'Conv at end',
      [node('GlobalAveragePool', ['x'], 'kernel'), node('Conv', ['x', 'kernel'], 'end')],
    ],
    [
      'where a mean goes over all axes, as it names none',
      'ReduceMean at mean',
      [node('ReduceMean', ['x', 'none'], 'mean'), node('Sub', ['x', 'mean'], 'end')],
    ],
    [
      'where the axes of a mean are computed',
      'ReduceMean at mean',
      [
        node('Sub', ['one', 'one'], 'axis'),
        node('ReduceMean', ['x', 'axis'], 'mean'),
        node('Sub', ['x', 'mean'], 'end'),
      ],
    ],
    [
      'where the largest are sought among them',
      'TopK at end',
      [
        node('Identity', ['seven'], 'k'),
        { ...node('TopK', ['x', 'k'], 'end', { axis: 0 }), outputs: ['end', 'at'] },
      ],
    ],
  ])('%s', async (_, place, nodes) => {
    const wholes = { ...WHOLES, ...LEAST, none: [], seven: [7] };
    expect(await dependence({ nodes, wholes })).toBe(`batch: ${place}`);
  });

  it.each<readonly [string, NodeModel['nodes']]>([
    [
      'a slice takes all of them',
      [node('Slice', ['x', 'zero', 'far', 'zero'], 'cut'), node('Relu', ['cut'], 'end')],
    ],
    [
      'an image is turned around',
      [node('Slice', ['x', 'minus', 'least', 'two', 'minus'], 'cut'), node('Add', ['x', 'cut'], 'end')],
    ],
    [
      'the axes of a mean are computed',
      [node('Add', ['one', 'one'], 'axis'), node('ReduceMean', ['x', 'axis'], 'end')],
    ],
    ['a mean goes over no axis', [node('ReduceMean', ['x'], 'end', { noop_with_empty_axes: 1 })]],
    [
      'they are joined to their mirror images and parted again',
      [
        node('Slice', ['x', 'minus', 'least', 'three', 'minus'], 'mirrored'),
        node('Concat', ['x', 'mirrored'], 'both', { axis: 0 }),
        { ...node('Split', ['both'], 'a', { axis: 0, num_outputs: 2 }), outputs: ['a', 'b'] },
        node('Add', ['a', 'b'], 'end'),
      ],
    ],
    [
      'they are groups of a convolution',
      [
        node('Reshape', ['x', 'as.groups'], 'groups'),
        node('Conv', ['groups', 'w'], 'conv', { group: 4 }),
        node('Reshape', ['conv', 'as.images'], 'end'),
      ],
    ],
  ])('but not where %s', async (_, nodes) => {
    const isGrouped = nodes.some((one) => 'op' in one && one.op === 'Conv');
    const wholes = { ...WHOLES, ...LEAST, 'as.groups': [1, 12, 4, 4], 'as.images': [4, 2, 4, 4] };
    const floats = { w: [[8, 3, 1, 1], wave(24)] } as const;
    const path = saveNodes({ nodes, wholes, ...(isGrouped ? { floats, input: [4, 3, 4, 4] } : {}) });
    const { taps } = await onnxModel(path, undefined);
    const end = taps.find(({ name }) => name === 'end');
    expect([end?.name, end?.alsoDepends]).toEqual(['end', undefined]);
    if (isGrouped) expect(end?.axes).toEqual(['height', 'width', 'channels']);
  });
});
