import { describe, expect, it } from 'vitest';
import { GRAPH, message, NODE } from '../../../src/model/onnx/messages.js';
import { onnxModel } from '../../../src/model/onnx/onnx-model.js';
import { floatTensor, nodeMessage, tensorMessage, valueMessage } from '../../../src/model/onnx/write.js';
import { openNetwork } from '../../../src/model/open-model.js';
import { requireImageAlone, roundingWarning } from '../../../src/model/other-sources.js';
import { type NodeModel, node, saveNodes, wave } from './node-model.js';

/** What each tap of a model depends on besides the image. */
async function dependences(model: NodeModel) {
  const { taps } = await onnxModel(saveNodes(model), undefined);
  return Object.fromEntries(
    taps.map(({ name, alsoDepends }) => [name, alsoDepends && `${alsoDepends.kind}: ${alsoDepends.place}`]),
  );
}

const RELU = node('Relu', ['x'], 'relu');

describe('an ONNX model', () => {
  it.each([
    ['RandomNormalLike', [node('RandomNormalLike', ['relu'], 'noise')], undefined],
    ['RandomUniformLike', [node('RandomUniformLike', ['relu'], 'noise')], undefined],
    ['RandomNormal', [node('RandomNormal', [], 'noise', { shape: [4, 4] })], undefined],
    ['RandomUniform', [node('RandomUniform', [], 'noise', { shape: [4, 4], seed: { float: 1 } })], undefined],
    ['Bernoulli', [node('Sigmoid', ['relu'], 'p'), node('Bernoulli', ['p'], 'noise')], 'p'],
  ])('draws random numbers by %s, from there on only', async (op, nodes, before) => {
    const model = {
      nodes: [RELU, ...nodes, node('Add', ['relu', 'noise'], 'sum'), node('Relu', ['sum'], 'end')],
    };
    const found = await dependences(model);
    expect(found).toMatchObject({ sum: `random: ${op} at noise`, end: `random: ${op} at noise` });
    expect([found.x, found.relu, found[before ?? 'relu']]).toEqual([undefined, undefined, undefined]);
  });

  it('draws none by a Dropout that is told to predict, or that drops nothing', async () => {
    const raw = (value: number) => tensorMessage({ name: 'train', dtype: 9, dims: [] }, Uint8Array.of(value));
    const model = (training: number, ratio: number): NodeModel => ({
      nodes: [RELU, node('Dropout', ['relu', 'ratio', 'train'], 'drop'), node('Relu', ['drop'], 'end')],
      tensors: [raw(training), floatTensor('ratio', [], [ratio])],
    });
    expect((await dependences(model(1, 0.5))).end).toBe('random: Dropout at drop');
    expect((await dependences(model(0, 0.5))).end).toBeUndefined();
    expect((await dependences(model(1, 0))).end).toBeUndefined();
    expect((await dependences({ nodes: [RELU, node('Dropout', ['relu'], 'end')] })).end).toBeUndefined();
  });

  it('draws them inside a branch, and inside a function of its own', async () => {
    const noise = nodeMessage({ op: 'RandomNormalLike', inputs: ['relu'], outputs: ['drawn'] });
    const branch = message([GRAPH.node, [noise]], [GRAPH.name, 'g'], [GRAPH.output, [valueMessage('drawn')]]);
    const graph = (name: string) => message([1, name], [6, branch], [20, 5]);
    const choice = Buffer.concat([
      nodeMessage({ op: 'If', inputs: ['certain'], outputs: ['chosen'], name: 'choice' }),
      message([NODE.attribute, [graph('then_branch'), graph('else_branch')]]),
    ]);
    const certain = tensorMessage({ name: 'certain', dtype: 9, dims: [] }, Uint8Array.of(1));
    const inBranch = { nodes: [RELU, choice, node('Relu', ['chosen'], 'end')], tensors: [certain] };
    expect((await dependences(inBranch)).end).toBe('random: RandomNormalLike in If at choice');

    const body = nodeMessage({ op: 'RandomNormalLike', inputs: ['a'], outputs: ['b'] });
    const proto = message(
      ...([
        [1, 'Noisy'],
        [4, ['a']],
        [5, ['b']],
        [7, [body]],
      ] as const),
      ...([
        [9, [message([1, ''], [2, 18])]],
        [10, 'own'],
      ] as const),
    );
    const call = { ...node('Noisy', ['relu'], 'called'), domain: 'own' };
    const inFunction = { nodes: [RELU, call, node('Relu', ['called'], 'end')], functions: [proto] };
    expect((await dependences(inFunction)).end).toBe('random: RandomNormalLike in Noisy at called');
  });

  it('combines the images of a batch where it reduces, normalises or multiplies over their axis', async () => {
    const ones = [[3], [1, 1, 1]] as const;
    const norm = { ...node('BatchNormalization', ['x', 's', 's', 's', 's'], 'norm', { training_mode: 1 }) };
    const cases: readonly (readonly [NodeModel, string | undefined])[] = [
      [
        { nodes: [node('ReduceMean', ['x', 'zero'], 'mean'), node('Sub', ['x', 'mean'], 'end')] },
        'ReduceMean at mean',
      ],
      [{ nodes: [node('ReduceMean', ['x', 'one'], 'mean'), node('Sub', ['x', 'mean'], 'end')] }, undefined],
      [{ nodes: [node('Softmax', ['x'], 'end', { axis: 0 })] }, 'Softmax at end'],
      [{ nodes: [node('Softmax', ['x'], 'end', { axis: 1 })] }, undefined],
      [
        {
          nodes: [{ ...norm, outputs: ['norm', 'm', 'v'] }, node('Relu', ['norm'], 'end')],
          floats: { s: ones },
        },
        'BatchNormalization at norm',
      ],
      [{ nodes: [node('MeanVarianceNormalization', ['x'], 'end')] }, 'MeanVarianceNormalization at end'],
      [
        {
          nodes: [
            node('Transpose', ['x'], 'turned', { perm: [1, 0, 2, 3] }),
            node('Softmax', ['turned'], 'soft', { axis: 1 }),
            node('Transpose', ['soft'], 'end', { perm: [1, 0, 2, 3] }),
          ],
        },
        'Softmax at soft',
      ],
      [
        {
          nodes: [
            node('Flatten', ['x'], 'flat'),
            node('Transpose', ['flat'], 'turned', { perm: [1, 0] }),
            node('MatMul', ['flat', 'turned'], 'alike'),
            node('MatMul', ['alike', 'flat'], 'end'),
          ],
        },
        'MatMul at end',
      ],
    ];
    for (const [model, place] of cases) {
      const found = await dependences({ ...model, wholes: { zero: [0], one: [1] } });
      expect(found.end, JSON.stringify(model.nodes)).toBe(place && `batch: ${place}`);
    }
  });

  it('with a recurrent layer that takes the images of a batch for steps is found out', async () => {
    const lstm = { ...node('LSTM', ['rows', 'w', 'r'], 'y', { hidden_size: 2 }), outputs: ['y'] };
    const found = await dependences({
      nodes: [node('Reshape', ['x', 'shape'], 'rows'), lstm, node('Squeeze', ['y', 'one'], 'end')],
      floats: { w: [[1, 8, 12], wave(96)], r: [[1, 8, 2], wave(16)] },
      wholes: { shape: [0, 4, 12], one: [1] },
    });
    expect(found.end).toBe('batch: LSTM at y');
  });

  it('that finds scales while it runs is warned of, but where images come alone', async () => {
    const quantised = { ...node('DynamicQuantizeLinear', ['x'], 'q'), outputs: ['q', 'scale', 'zero'] };
    const path = saveNodes({ nodes: [quantised, node('DequantizeLinear', ['q', 'scale', 'zero'], 'end')] });
    const { taps } = await openNetwork(path, {});
    expect(() => requireImageAlone(taps, 8)).not.toThrow();
    expect(roundingWarning(taps, 8)).toBe(
      'end depend a little on the other images of its batch, by the scale that numbers are rounded with, since DynamicQuantizeLinear at q (--batch 1 avoids that)',
    );
    expect(roundingWarning(taps, 1)).toBeUndefined();
  });

  it('is refused by the taps that are wanted, and whole where no other is there', async () => {
    const nodes = [node('RandomNormalLike', ['relu'], 'noise'), node('Add', ['relu', 'noise'], 'sum')];
    const { taps } = await openNetwork(saveNodes({ nodes: [RELU, ...nodes] }), {});
    const named = (name: string) => taps.filter((tap) => tap.name === name);
    expect(() => requireImageAlone(named('relu'), 8)).not.toThrow();
    expect(() => requireImageAlone(named('sum'), 1)).toThrow(
      'tap depends on random numbers: sum, since RandomNormalLike at noise (choose taps before it, or export the model without it)',
    );
    const onlyNoise = [node('RandomNormalLike', ['x'], 'noise'), node('Add', ['x', 'noise'], 'sum')];
    await expect(openNetwork(saveNodes({ nodes: onlyNoise }), {})).rejects.toThrow(
      /^model draws random numbers: RandomNormalLike at noise \(.*net\.onnx; export a model without it\)$/,
    );
  });
});
