import type { SavedModel } from './save-model.js';

interface Node {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: 'float32' | 'int32';
  readonly values: readonly number[];
}

const T = { T: { type: 'DT_FLOAT' } };

function constantNode({ name, dtype }: Constant): Node {
  return { name, op: 'Const', attr: { dtype: { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' } } };
}

function wave(count: number, phase: number): number[] {
  return Array.from({ length: count }, (_, at) => Math.sin(at * 1.7 + phase));
}

const CONSTANTS: readonly Constant[] = [
  { name: 'kernel', shape: [3, 3, 3, 4], values: wave(108, 1) },
  { name: 'bias', shape: [4], values: wave(4, 2) },
  { name: 'kernel_2', shape: [3, 3, 4, 4], values: wave(144, 3) },
  { name: 'axes', shape: [2], dtype: 'int32', values: [1, 2] },
  { name: 'weights', shape: [4, 3], values: wave(12, 4) },
  { name: 'scale', shape: [4], values: wave(4, 5) },
];

const CONV = {
  ...T,
  strides: { list: { i: ['1', '1', '1', '1'] } },
  padding: { s: Buffer.from('SAME').toString('base64') },
  data_format: { s: Buffer.from('NHWC').toString('base64') },
  dilations: { list: { i: ['1', '1', '1', '1'] } },
};

function dimensions(side: number): { dim: { size: string }[] } {
  return { dim: [-1, side, side, 3].map((size) => ({ size: String(size) })) };
}

const NODES: readonly Node[] = [
  { name: 'conv', op: 'Conv2D', input: ['image', 'kernel'], attr: CONV },
  { name: 'biased', op: 'AddV2', input: ['conv', 'bias'], attr: T },
  { name: 'relu', op: 'Relu', input: ['biased'], attr: T },
  { name: 'relu_copy', op: 'Identity', input: ['relu'], attr: T },
  { name: 'conv_2', op: 'Conv2D', input: ['relu_copy', 'kernel_2'], attr: CONV },
  { name: 'scaled', op: 'Mul', input: ['conv_2', 'scale'], attr: T },
  { name: 'merged', op: 'AddV2', input: ['relu_copy', 'scaled'], attr: T },
  { name: 'pooled', op: 'Mean', input: ['merged', 'axes'], attr: { ...T, keep_dims: { b: false } } },
  { name: 'logits', op: 'MatMul', input: ['pooled', 'weights'], attr: T },
  { name: 'probabilities', op: 'Softmax', input: ['logits'], attr: T },
  { name: 'Identity', op: 'Identity', input: ['probabilities'], attr: T },
];

/** A graph model as the tfjs converter writes it: a residual block, pooling and a softmax behind an Identity. */
export function tinyGraph({
  side = 6,
  extra = [] as readonly Node[],
  constants = [] as readonly Constant[],
} = {}): SavedModel {
  const all = [...CONSTANTS, ...constants];
  const image: Node = {
    name: 'image',
    op: 'Placeholder',
    attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: dimensions(side) } },
  };
  const weights = all.map(({ name, shape, dtype }) => ({
    name,
    shape: [...shape],
    dtype: dtype ?? 'float32',
  }));
  const arrays = all.map(({ dtype, values }) => (dtype === 'int32' ? Int32Array : Float32Array).from(values));
  const output = extra.at(-1)?.name ?? 'Identity';
  return {
    json: {
      format: 'graph-model',
      modelTopology: { node: [image, ...all.map(constantNode), ...NODES, ...extra], versions: {} },
      signature: {
        inputs: { image: { name: 'image:0', dtype: 'DT_FLOAT', tensorShape: dimensions(side) } },
        outputs: { output: { name: `${output}:0`, dtype: 'DT_FLOAT' } },
      },
      weightsManifest: [{ paths: ['weights.bin'], weights: weights as never }],
    },
    weights: Buffer.concat(arrays.map((array) => new Uint8Array(array.buffer))),
  };
}
