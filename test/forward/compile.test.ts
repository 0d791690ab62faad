import { describe, expect, test } from 'vitest';
import { DataType } from '../../src/backend/data-type.js';
import { compileGraph, halfName } from '../../src/forward/compile.js';
import { batchNormAffine } from '../../src/forward/fold-batch-norm.js';
import {
  constantNode,
  floatConstant,
  floatValues,
  type Graph,
  type GraphNode,
  type Output,
  orderedNodes,
  outputOf,
} from '../../src/forward/graph.js';
import { pixelsNode } from '../../src/forward/trace.js';

const MAP = [2, 4, 4, 3];
const T = { T: { kind: 'type', value: DataType.float32 } } as const;

function op(name: string, inputs: readonly Output[], attributes: GraphNode['attributes'] = T): Output {
  return outputOf({ op: name, attributes, inputs, shapes: [MAP] });
}

function numbers(...values: number[]): Output {
  return floatConstant(Float32Array.from(values), [values.length]);
}

function image(): { input: GraphNode; x: Output } {
  const input = pixelsNode(MAP);
  const cast = (from: number, to: number) =>
    ({ SrcT: { kind: 'type', value: from }, DstT: { kind: 'type', value: to } }) as const;
  const int = op('Cast', [outputOf(input)], cast(DataType.uint8, DataType.int32));
  return { input, x: op('Cast', [int], cast(DataType.int32, DataType.float32)) };
}

function conv(x: Output, filter = floatConstant(new Float32Array(9).fill(2), [1, 1, 3, 3])): Output {
  return op('Conv2D', [x, filter]);
}

function batchNorm(x: Output): Output {
  return op('FusedBatchNorm', [x, numbers(1, 2, 3), numbers(4, 5, 6), numbers(7, 8, 9), numbers(3, 0, 8)], {
    ...T,
    epsilon: { kind: 'float', value: 1 },
  });
}

function compiled(
  input: GraphNode,
  outputs: Record<string, Output>,
  kernels: 'onednn' | 'eigen' | 'gpu' = 'onednn',
) {
  const graph = compileGraph({ input, outputs }, { kernels, compute: 'float32' });
  const only = Object.fromEntries(Object.entries(graph.outputs).filter(([name]) => !name.startsWith('half')));
  return { graph, ops: opsOf({ input: graph.input, outputs: only }) };
}

function opsOf(graph: Graph): string[] {
  const nodes = orderedNodes(Object.values(graph.outputs));
  return nodes
    .filter(({ constant }) => constant === undefined)
    .map(({ op: name, attributes: { fused_ops } }) =>
      fused_ops?.kind === 'strings' ? `${name}(${fused_ops.value.join()})` : name,
    );
}

describe('compileGraph', () => {
  test('casts pixels once', () => {
    const { input, x } = image();
    const { graph, ops } = compiled(input, { a: op('Relu', [x]) });
    expect(ops).toEqual(['Placeholder', 'Cast', 'Relu']);
    const cast = graph.outputs.a!.node.inputs[0]!.node;
    expect([cast.attributes.SrcT?.value, cast.attributes.DstT?.value]).toEqual([
      DataType.uint8,
      DataType.float32,
    ]);
  });

  test('folds a batch norm into filter and bias', () => {
    const { input, x } = image();
    const { graph, ops } = compiled(input, { a: batchNorm(conv(x)) });
    expect(ops).toEqual(['Placeholder', 'Cast', '_FusedConv2D(BiasAdd)']);
    const [, filter, bias] = graph.outputs.a!.node.inputs;
    // s = scale / sqrt(variance + 1) = 1/2, 2, 1
    expect([...floatValues(filter!)!]).toEqual([1, 4, 2, 1, 4, 2, 1, 4, 2]);
    expect([...floatValues(bias!)!]).toEqual([4 - 7 / 2, 5 - 8 * 2, 6 - 9]);
  });

  test('takes the bias between a convolution and its batch norm in', () => {
    const { input, x } = image();
    const { graph } = compiled(input, { a: batchNorm(op('Add', [conv(x), numbers(10, 20, 30)])) });
    expect([...floatValues(graph.outputs.a!.node.inputs[2]!)!]).toEqual([0.5 + 5, -11 + 40, -3 + 30]);
  });

  test('computes a tapped convolution once more for its tap, and leaves the fused one as it would be', () => {
    const { input, x } = image();
    const first = conv(x);
    const { ops } = compiled(input, { tap: first, a: op('Relu', [batchNorm(first)]) });
    expect(ops).toEqual(['Placeholder', 'Cast', 'Conv2D', '_FusedConv2D(BiasAdd,Relu)']);
  });

  test('leaves a batch norm alone that follows no convolution, or is training', () => {
    const { input, x } = image();
    expect(compiled(input, { a: batchNorm(op('Relu', [x])) }).ops).toContain('FusedBatchNorm');
    const training = {
      ...batchNorm(x).node,
      attributes: { is_training: { kind: 'bool', value: true } },
    } as const;
    expect(batchNormAffine(training)).toBeUndefined();
  });

  test('fuses an activation only where nothing else needs what is before it', () => {
    const { input, x } = image();
    const biased = op('Add', [conv(x), numbers(1, 2, 3)]);
    expect(compiled(input, { a: op('Relu', [biased]) }).ops.at(-1)).toBe('_FusedConv2D(BiasAdd,Relu)');
    expect(compiled(input, { a: op('Relu', [biased]), b: op('Mean', [biased]) }).ops.slice(2)).toEqual([
      '_FusedConv2D(BiasAdd)',
      'Relu',
      'Mean',
    ]);
  });

  test('adds a shortcut inside the deeper convolution, whatever is tapped', () => {
    const { input, x } = image();
    const shortcut = op('Add', [conv(x), numbers(1, 2, 3)]);
    const deep = op('Add', [conv(op('Relu', [shortcut])), numbers(1, 2, 3)]);
    for (const sum of [op('Add', [shortcut, deep]), op('Add', [deep, shortcut])]) {
      expect(compiled(input, { a: sum }).ops.at(-1)).toBe('_FusedConv2D(BiasAdd,Add)');
      expect(compiled(input, { a: sum, b: deep }).ops.slice(-2)).toEqual([
        '_FusedConv2D(BiasAdd,Add)',
        '_FusedConv2D(BiasAdd)',
      ]);
    }
    expect(compiled(input, { a: op('Add', [shortcut, deep]) }, 'eigen').ops.at(-1)).toBe('Add');
  });

  test('clips between 0 and 6 as ReLU6 does, and leaves other clips as they are', () => {
    const { input, x } = image();
    const clip = (most: number) =>
      op('Maximum', [op('Minimum', [op('Relu', [x]), numbers(most)]), numbers(0)]);
    expect(compiled(input, { a: clip(6) }).ops).toEqual(['Placeholder', 'Cast', 'Relu6']);
    expect(compiled(input, { a: clip(5) }).ops.slice(2)).toEqual(['Relu', 'Minimum', 'Maximum']);
  });

  test('takes the mean over the positions of a map by pooling, with oneDNN', () => {
    const { input, x } = image();
    const mean = (...axes: number[]) => {
      const bytes = new Uint8Array(Int32Array.from(axes).buffer);
      const constant = outputOf(constantNode({ dtype: DataType.int32, shape: [axes.length], bytes }));
      return op('Mean', [x, constant]);
    };
    const { graph, ops } = compiled(input, { a: mean(1, 2) });
    expect(ops.slice(2)).toEqual(['AvgPool', 'Reshape']);
    expect(graph.outputs.a!.node.inputs[0]!.node.attributes.ksize?.value).toEqual([1, 4, 4, 1]);
    expect(compiled(input, { a: mean(1, 2) }, 'eigen').ops.slice(2)).toEqual(['Mean']);
    expect(compiled(input, { a: mean(1) }).ops.slice(2)).toEqual(['Mean']);
  });

  test('pads with zeros inside the convolution, with oneDNN', () => {
    const { input, x } = image();
    const pad = (value: number) => {
      const around = new Uint8Array(Int32Array.of(0, 0, 1, 2, 3, 4, 0, 0).buffer);
      const paddings = outputOf(constantNode({ dtype: DataType.int32, shape: [4, 2], bytes: around }));
      const padded = op('PadV2', [x, paddings, numbers(value)]).node;
      const valid = { ...T, padding: { kind: 'string', value: 'VALID' } } as const;
      return op('Conv2D', [outputOf(padded), floatConstant(new Float32Array(9), [1, 1, 3, 3])], valid);
    };
    const { graph, ops } = compiled(input, { a: pad(0) });
    expect(ops.slice(2)).toEqual(['Conv2D']);
    expect(graph.outputs.a!.node.attributes).toMatchObject({
      padding: { value: 'EXPLICIT' },
      explicit_paddings: { value: [0, 0, 1, 2, 3, 4, 0, 0] },
    });
    expect(compiled(input, { a: pad(1) }).ops.slice(2)).toEqual(['PadV2', 'Conv2D']);
    expect(compiled(input, { a: pad(0) }, 'eigen').ops.slice(2)).toEqual(['PadV2', 'Conv2D']);
  });

  test('subtracts one number for all channels, or one a channel along whole rows, with oneDNN', () => {
    const { input, x } = image();
    const same = compiled(input, { a: op('Sub', [x, numbers(5, 5, 5)]) });
    expect(same.ops.slice(2)).toEqual(['Sub']);
    expect([...floatValues(same.graph.outputs.a!.node.inputs[1]!)!]).toEqual([5]);
    const different = compiled(input, { a: op('Sub', [x, numbers(1, 2, 3)]) });
    expect(different.ops.slice(2)).toEqual(['Reshape', 'Sub', 'Reshape']);
    const row = different.graph.outputs.a!.node.inputs[0]!.node.inputs[1]!;
    expect([...floatValues(row)!]).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
  });

  test('fuses nothing on a GPU, but folds', () => {
    const { input, x } = image();
    expect(compiled(input, { a: op('Relu', [batchNorm(conv(x))]) }, 'gpu').ops.slice(2)).toEqual([
      'Conv2D',
      'BiasAdd',
      'Relu',
    ]);
  });

  test('gives every output as float16 too', () => {
    const { input, x } = image();
    const { graph } = compiled(input, { a: op('Relu', [x]) });
    expect(graph.outputs[halfName('a')]!.node.attributes.DstT?.value).toBe(DataType.float16);
  });

  test('adds no constant as a bias that is not one number a channel', () => {
    const { input, x } = image();
    const scalar = outputOf(
      constantNode({ dtype: DataType.float32, shape: [], bytes: new Uint8Array(Float32Array.of(1).buffer) }),
    );
    expect(compiled(input, { a: op('Add', [conv(x), scalar]) }).ops.slice(2)).toEqual(['Conv2D', 'Add']);
  });
});
