import { describe, expect, it } from 'vitest';
import { readGraph } from '../../../src/model/onnx/graph.js';
import { ElementType } from '../../../src/model/onnx/messages.js';
import {
  externalTensorMessage,
  floatTensor,
  modelMessage,
  nodeMessage,
  tensorMessage,
  valueMessage,
  wholeTensor,
} from '../../../src/model/onnx/write.js';

function graphOf(initializers: readonly Uint8Array[], nodes: readonly Uint8Array[] = []) {
  const bytes = modelMessage({
    irVersion: 10,
    opsets: [
      { domain: '', version: 17 },
      { domain: 'com.example', version: 2 },
    ],
    nodes,
    initializers,
    inputs: [valueMessage('x', ElementType.float32, ['N', 3, 224])],
    outputs: [valueMessage('y')],
  });
  return { bytes, graph: readGraph(bytes, 'net.onnx') };
}

describe('what is written', () => {
  it('is read again', () => {
    const attributes = { perm: [0, 2, 1], axis: -1, mode: 'text', alpha: { float: 0.5 } };
    const node = nodeMessage({
      ...{ op: 'Foo', name: 'foo', domain: 'com.example', inputs: ['x', '', 'w'], outputs: ['y'] },
      ...{ attributes, metadata: { key: 'value' } },
    });
    const { graph } = graphOf([wholeTensor('w', [2], [-5, 7])], [node]);
    expect(graph).toMatchObject({
      irVersion: 10,
      opsets: [
        { domain: '', version: 17 },
        { domain: 'com.example', version: 2 },
      ],
      inputs: [{ name: 'x', dtype: ElementType.float32, shape: ['N', 3, 224] }],
      outputs: [{ name: 'y', shape: null }],
    });
    const [read] = graph.nodes;
    expect(read).toMatchObject({ op: 'Foo', name: 'foo', domain: 'com.example', inputs: ['x', '', 'w'] });
    expect([read?.ints.get('perm'), read?.ints.get('axis')]).toEqual([[0, 2, 1], [-1]]);
    expect(read?.metadata).toEqual(new Map([['key', 'value']]));
  });

  it('names the place of large numbers in the file, and keeps small ones', () => {
    const values = Float32Array.from({ length: 1000 }, (_, at) => at);
    const { bytes, graph } = graphOf([
      floatTensor('large', [10, 100], values),
      floatTensor('small', [1], [3]),
    ]);
    const [large, small] = graph.initializers;
    expect([large?.raw.length, small?.place]).toEqual([0, undefined]);
    const { location, offset, length } = large!.place!;
    expect([location, length]).toEqual(['net.onnx', 4000]);
    expect(new Float32Array(bytes.slice(offset, offset + length).buffer)).toEqual(values);
  });

  it('keeps places beyond 2 GB', () => {
    const place = { location: 'w.bin', offset: 2 ** 33, length: 2 ** 32 };
    const { graph } = graphOf([
      externalTensorMessage({ name: 'w', dtype: ElementType.float32, dims: [2 ** 15, 2 ** 15] }, place),
    ]);
    expect(graph.initializers[0]?.place).toEqual(place);
  });

  it('takes the length of external numbers from their shape where the file leaves it out', () => {
    const parts = { name: 'w', dtype: ElementType.float16, dims: [3, 5] };
    const whole = externalTensorMessage(parts, { location: 'w.bin', offset: 8, length: 1 });
    const text = Buffer.from(whole).toString('latin1');
    // The last pair, `length`, under a key that nobody reads.
    const { graph } = graphOf([Buffer.from(text.replace('length', 'lengtX'), 'latin1')]);
    expect(graph.initializers[0]?.place).toEqual({ location: 'w.bin', offset: 8, length: 30 });
    expect(tensorMessage(parts, new Uint8Array(30)).length).toBeGreaterThan(30);
  });
});
