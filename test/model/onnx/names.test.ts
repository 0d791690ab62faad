import { describe, expect, it } from 'vitest';
import type { OnnxNode } from '../../../src/model/onnx/graph.js';
import { tracedPath, valueNames } from '../../../src/model/onnx/names.js';
import type { Dependent } from '../../../src/model/onnx/structure.js';

function value(name: string, op: string, scopes?: string): Dependent {
  const metadata = new Map(scopes === undefined ? [] : [['pkg.torch.onnx.name_scopes', scopes]]);
  const node = { name, op, metadata } as Partial<OnnxNode> as OnnxNode;
  return { name: `${name}_output`, node, kind: 'other', computes: true };
}

describe('valueNames', () => {
  it('are the modules of PyTorch from its tracing exporter', () => {
    expect(tracedPath('/layer1/layer1.0/conv1/Conv')).toBe('layer1.0.conv1');
    const nodes = [
      value('/conv1/Conv', 'Conv'),
      value('/layer1/layer1.0/conv1/Conv', 'Conv'),
      value('/layer1/layer1.0/Add', 'Add'),
      value('/layer1/layer1.0/relu_1/Relu', 'Relu'),
      value('/Flatten', 'Flatten'),
    ];
    expect(valueNames(nodes, 'image')).toEqual([
      'conv1',
      'layer1.0.conv1',
      'layer1.0.Add',
      'layer1.0.relu_1',
      'Flatten',
    ]);
  });

  it('are the modules of PyTorch from its exporter of torch.export, counted as the tracing one counts', () => {
    const scope = (...names: string[]) => `[${["''", ...names.map((name) => `'${name}'`)].join(', ')}]`;
    const relu = scope('layer1', 'layer1.0', 'layer1.0.relu', 'relu_1');
    const nodes = [
      value('node_conv2d', 'Conv', scope('layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d')),
      value('node_relu', 'Relu', relu),
      value('node_relu_1', 'Relu', relu),
      value('node_add', 'Add', scope('layer1', 'layer1.0', 'add_1')),
      value('node_view', 'Reshape', scope('view')),
    ];
    expect(valueNames(nodes, 'image')).toEqual([
      'layer1.0.conv1',
      'layer1.0.relu',
      'layer1.0.relu_1',
      'layer1.0.Add',
      'Reshape',
    ]);
  });

  it('are the names of nodes or of values from elsewhere, each once and none that of the image', () => {
    const nodes = [
      value('conv', 'Conv'),
      value('conv', 'Relu'),
      value('conv_1', 'Add'),
      value('image', 'Mul'),
    ];
    expect(valueNames([...nodes, value('', 'Neg')], 'image')).toEqual([
      'conv',
      'conv_2',
      'conv_1',
      'image_1',
      '_output',
    ]);
  });
});
