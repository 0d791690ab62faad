import { describe, expect, it } from 'vitest';
import { GRAPH, message, NODE } from '../../../src/model/onnx/messages.js';
import { onnxModel } from '../../../src/model/onnx/onnx-model.js';
import { floatTensor, nodeMessage, tensorMessage, valueMessage } from '../../../src/model/onnx/write.js';
import { type NodeModel, node, saveNodes } from './node-model.js';

/** What the tap `end` depends on besides the image. */
async function dependence(model: NodeModel): Promise<string | undefined> {
  const { taps } = await onnxModel(saveNodes(model), undefined);
  const [end] = taps.filter(({ name }) => name === 'end');
  expect(end?.name).toBe('end');
  return end?.alsoDepends && `${end.alsoDepends.kind}: ${end.alsoDepends.place}`;
}

const RELU = node('Relu', ['x'], 'relu');
const END = node('Relu', ['drop'], 'end');
const BOOL = 9;
const truth = (name: string, value: boolean) =>
  tensorMessage({ name, dtype: BOOL, dims: [] }, Uint8Array.of(Number(value)));
const HALF = floatTensor('half', [], [0.5]);

/** A function Drop(data[, train]); without `train` as an input, a constant of that name inside it. */
function dropFunction(inside: boolean | undefined): Uint8Array {
  const constant = (name: string, tensor: Uint8Array) =>
    Buffer.concat([
      nodeMessage({ op: 'Constant', inputs: [], outputs: [name] }),
      message([NODE.attribute, [message([1, 'value'], [5, tensor], [20, 4])]]),
    ]);
  const nodes = [
    constant('rate', HALF),
    ...(inside === undefined ? [] : [constant('train', truth('train', inside))]),
    nodeMessage({ op: 'Dropout', inputs: ['data', 'rate', 'train'], outputs: ['out'] }),
  ];
  const inputs = inside === undefined ? ['data', 'train'] : ['data'];
  const opset = message([1, ''], [2, 18]);
  return message([1, 'Drop'], [4, inputs], [5, ['out']], [7, nodes], [9, [opset]], [10, 'own']);
}

describe('a dropout', () => {
  it.each([true, false])(
    'trains as its function says inside, whatever a constant of that name says outside: %s',
    async (training) => {
      const call = { ...node('Drop', ['relu'], 'drop'), domain: 'own' };
      // The outer constant says the opposite, and is read by a dropout that drops nothing.
      const nodes = [
        RELU,
        call,
        node('Dropout', ['drop', 'none', 'train'], 'same'),
        node('Relu', ['same'], 'end'),
      ];
      const tensors = [truth('train', !training), floatTensor('none', [], [0])];
      const found = await dependence({ nodes, tensors, functions: [dropFunction(training)] });
      expect(found).toBe(training ? 'random: Dropout in Drop at drop' : undefined);
    },
  );

  it.each([true, false])('trains as its function is told: %s', async (training) => {
    const call = { ...node('Drop', ['relu', 'flag'], 'drop'), domain: 'own' };
    const found = await dependence({
      nodes: [RELU, call, END],
      tensors: [truth('flag', training), truth('train', !training)],
      functions: [dropFunction(undefined)],
    });
    expect(found).toBe(training ? 'random: Dropout in Drop at drop' : undefined);
  });

  it.each([true, false])('trains as a constant of its branch says: %s', async (training) => {
    const inner = nodeMessage({ op: 'Dropout', inputs: ['relu', 'half', 'train'], outputs: ['dropped'] });
    const branch = message(
      [GRAPH.node, [inner]],
      [GRAPH.name, 'g'],
      [GRAPH.initializer, [truth('train', training)]],
      [GRAPH.output, [valueMessage('dropped')]],
    );
    const choice = Buffer.concat([
      nodeMessage({ op: 'If', inputs: ['certain'], outputs: ['drop'], name: 'choice' }),
      message([
        NODE.attribute,
        ['then_branch', 'else_branch'].map((name) => message([1, name], [6, branch], [20, 5])),
      ]),
    ]);
    const found = await dependence({ nodes: [RELU, choice, END], tensors: [truth('certain', true), HALF] });
    expect(found).toBe(training ? 'random: Dropout in If at choice' : undefined);
  });

  it.each([true, false])(
    'trains as a constant says that is passed on, cast and negated: %s',
    async (training) => {
      const nodes = [
        RELU,
        node('Identity', ['flag'], 'same'),
        node('Not', ['same'], 'not'),
        node('Cast', ['not'], 'number', { to: 1 }),
        node('Cast', ['number'], 'train', { to: BOOL }),
        node('Dropout', ['relu', 'half', 'train'], 'drop'),
        END,
      ];
      const found = await dependence({ nodes, tensors: [truth('flag', !training), HALF] });
      expect(found).toBe(training ? 'random: Dropout at drop' : undefined);
    },
  );
});
