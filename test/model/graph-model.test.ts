import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { type GraphNode, orderedNodes } from '../../src/model/graph-plan.js';
import type { FrozenModel } from '../../src/model/model.js';
import { openModel } from '../../src/model/open-model.js';
import { expectFreedTensors } from './freed-tensors.js';
import { writeModel } from './save-model.js';
import { tinyGraph } from './tiny-graph.js';
import { noiseImages } from './tiny-models.js';

async function opened(): Promise<FrozenModel> {
  return openModel(writeModel(tinyGraph()), {});
}

describe.each(['tensorflow', 'wasm'] as const)('a graph model on %s', (backend) => {
  beforeAll(async () => {
    await loadBackend(backend);
  });

  test('lists what computes activations by depth, and nothing else', async () => {
    const model = await opened();
    expect(
      model.taps.map(({ name, kind, shape, depth, inputs }) => [name, kind, shape.join('x'), depth, inputs]),
    ).toEqual([
      ['image', 'input', '6x6x3', 0, []],
      ['conv', 'convolution', '6x6x4', 1, ['image']],
      ['biased', 'other', '6x6x4', 2, ['conv']],
      ['relu', 'activation', '6x6x4', 3, ['biased']],
      ['conv_2', 'convolution', '6x6x4', 4, ['relu']],
      ['scaled', 'other', '6x6x4', 5, ['conv_2']],
      ['merged', 'merge', '6x6x4', 6, ['relu', 'scaled']],
      ['pooled', 'pooling', '4', 7, ['merged']],
      ['logits', 'dense', '3', 8, ['pooled']],
      ['probabilities', 'activation', '3', 9, ['logits']],
    ]);
    expect(model.classifier).toEqual({ tap: 'probabilities', outputs: 3 });
    expect(model.format).toBe('graph');
    model.dispose();
  });

  test('computes at every tap what tfjs gives for that node', async () => {
    const saved = tinyGraph();
    const model = await openModel(writeModel(saved), {});
    const original = await tf.loadGraphModel({
      load: async () => ({
        modelTopology: saved.json.modelTopology,
        weightSpecs: saved.json.weightsManifest[0]!.weights,
        weightData: Uint8Array.from(saved.weights).buffer,
      }),
    });
    const images = noiseImages([2, 6, 6, 3]);
    const names = model.taps.map(({ name }) => name);
    const visited: string[] = [];
    const checks: { name: string; values: number[] }[] = [];
    await model.run(images, names, (tap, activation) => {
      visited.push(tap.name);
      checks.push({ name: tap.name, values: [...activation.dataSync()] });
    });
    expect(visited.toSorted()).toEqual(names.toSorted());
    for (const { name, values } of checks) {
      const expected =
        name === 'image' ? images.clone() : (original.execute({ image: images }, name) as tf.Tensor);
      expect(values, name).toEqual([...expected.dataSync()]);
      expected.dispose();
    }
    images.dispose();
    original.dispose();
    model.dispose();
  });

  test('frees each activation after its last use, also when a visitor fails, and its weights in the end', async () => {
    // Of nine activations beside the image, those that a residual block needs.
    await expectFreedTensors(opened, { images: () => noiseImages([2, 6, 6, 3]), tap: 'merged', most: 4 });
  });

  test('runs no further than the last tap needs', async () => {
    const model = await opened();
    const images = noiseImages([1, 6, 6, 3]);
    const profile = await tf.profile(async () => {
      await model.run(images, ['relu'], () => undefined);
      return [];
    });
    expect(profile.kernelNames).toContain('Relu');
    expect(profile.kernelNames).not.toContain('Mean');
    images.dispose();
    model.dispose();
  });

  test('needs a size where the graph leaves it open', async () => {
    const folder = writeModel(tinyGraph({ side: -1 }));
    await expect(openModel(folder, {})).rejects.toThrow(
      'model leaves its input size open: image (?, ?, ?, 3)',
    );
    const model = await openModel(folder, { inputSize: { height: 5, width: 7 } });
    expect(model.taps.find(({ name }) => name === 'merged')?.shape).toEqual([5, 7, 4]);
    model.dispose();
  });

  test('refuses an unknown tap', async () => {
    const model = await opened();
    const images = noiseImages([1, 6, 6, 3]);
    await expect(model.run(images, ['kernel'], () => undefined)).rejects.toThrow('tap not found: kernel');
    images.dispose();
    model.dispose();
  });
});

describe('a graph model is refused', () => {
  const attr = { T: { type: 'DT_FLOAT' } };

  test.each([
    ['While', /^model has control flow: While at last \(.*model\.json; export a model without it\)$/],
    ['NonMaxSuppressionV3', /^model has an op of dynamic shape: NonMaxSuppressionV3 at last/],
    ['FancyNewOp', /^model has an op that tfjs does not know: FancyNewOp at last/],
  ])('for the op %s', async (op, message) => {
    const before = tf.memory().numTensors;
    const folder = writeModel(tinyGraph({ extra: [{ name: 'last', op, input: ['relu'], attr }] }));
    await expect(openModel(folder, {})).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('for a second input', async () => {
    const saved = tinyGraph();
    const signature = saved.json.signature as { inputs: Record<string, unknown> };
    signature.inputs.other = { name: 'relu:0', dtype: 'DT_FLOAT' };
    await expect(openModel(writeModel(saved), {})).rejects.toThrow(
      'model needs one image as its input, and has 2: image, relu',
    );
  });
});

describe('orderedNodes', () => {
  test('puts every node after its inputs, and ends on the loops of control flow', () => {
    const nodes: { name: string; op: string; inputs: GraphNode[] }[] = ['a', 'b', 'c', 'd'].map((name) => ({
      name,
      op: 'Relu',
      inputs: [],
    }));
    const [a, b, c, d] = nodes as [
      GraphNode & { inputs: GraphNode[] },
      ...(GraphNode & { inputs: GraphNode[] })[],
    ];
    b!.inputs.push(a);
    c!.inputs.push(b!, a);
    d!.inputs.push(c!, b!);
    expect(orderedNodes([d!, b!]).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    a.inputs.push(d!);
    expect(orderedNodes([d!])).toHaveLength(4);
  });
});
