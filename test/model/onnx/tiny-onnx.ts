import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ElementType } from '../../../src/model/onnx/messages.js';
import {
  externalTensorMessage,
  floatTensor,
  modelMessage,
  nodeMessage,
  tensorMessage,
  valueMessage,
} from '../../../src/model/onnx/write.js';
import { toFloat16 } from '../../../src/store/float16.js';

/** What a tiny model can be other than float32 weights in the file, channels first and any batch. */
export interface TinyOptions {
  readonly batch?: number | string;
  readonly type?: 'float32' | 'float16';
  /** Gives the image channels last, and a Transpose before the first convolution. */
  readonly layout?: 'channels first' | 'channels last';
  readonly opset?: number;
  /** Makes the block a bottleneck: its convolution is 1x1, and its shortcut another one, both with these strides. */
  readonly strides?: readonly [number, number];
  /** A factor of every weight. */
  readonly factor?: number;
  /** Nodes behind the pooling, in place of Flatten and Gemm. */
  readonly head?: readonly Uint8Array[];
  /** Weights of such a head. */
  readonly headWeights?: readonly Uint8Array[];
  /** Puts the large weights into this file beside the model. */
  readonly weights?: string;
}

export const SIDE = 8;

/** Numbers without much order in [-0.5, 0.5]. */
export function wave(count: number, step: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => Math.sin(at * step) / 2);
}

const ones = (step: number) => wave(32, step).map((value) => value + 1);

/** Channels in the numbers that the runtime has fast kernels for. */
const WEIGHTS: readonly (readonly [string, readonly number[], Float32Array])[] = [
  ['stem/stem.0.w', [32, 3, 3, 3], wave(32 * 27, 0.7)],
  ['block/conv.w', [32, 32, 3, 3], wave(32 * 32 * 9, 1.3)],
  ['block/narrow.w', [32, 32, 1, 1], wave(32 * 32, 1.1)],
  ['block/short.w', [32, 32, 1, 1], wave(32 * 32, 2.3)],
  ['gamma', [32], ones(0.3)],
  ['beta', [32], wave(32, 0.9)],
  ['mean', [32], wave(32, 0.4)],
  ['var', [32], ones(0.2)],
  ['fc.w', [32, 10], wave(320, 0.5)],
];

function conv(name: string, input: string): Uint8Array {
  return nodeMessage({
    op: 'Conv',
    name: `/${name}/Conv`,
    inputs: [input, `${name}.w`],
    outputs: [`${name}_out`],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
  });
}

function plain(op: string, name: string, inputs: string[]): Uint8Array {
  return nodeMessage({ op, name: `/${name}/${op}`, inputs, outputs: [`${name}_out`] });
}

function norm(name: string, input: string): Uint8Array {
  return plain('BatchNormalization', name, [input, 'gamma', 'beta', 'mean', 'var']);
}

const HEAD = [
  plain('Flatten', 'flat', ['pool_out']),
  nodeMessage({ op: 'Gemm', name: '/fc/Gemm', inputs: ['flat_out', 'fc.w'], outputs: ['logits'] }),
];

function pointwise(name: string, strides: readonly number[]): Uint8Array {
  const [inputs, outputs] = [['stem/stem.2_out', `${name}.w`], [`${name}_out`]];
  return nodeMessage({ op: 'Conv', name: `/${name}/Conv`, inputs, outputs, attributes: { strides } });
}

function blockOf({ strides }: TinyOptions): Uint8Array[] {
  if (strides === undefined)
    return [
      conv('block/conv', 'stem/stem.2_out'),
      norm('block/bn', 'block/conv_out'),
      plain('Add', 'block', ['block/bn_out', 'stem/stem.2_out']),
    ];
  return [
    pointwise('block/narrow', strides),
    norm('block/bn', 'block/narrow_out'),
    pointwise('block/short', strides),
    plain('Add', 'block', ['block/bn_out', 'block/short_out']),
  ];
}

function nodesOf(options: TinyOptions): Uint8Array[] {
  const { layout, head = HEAD } = options;
  const last = layout === 'channels last';
  const attributes = { perm: [0, 3, 1, 2] };
  return [
    ...(last ? [nodeMessage({ op: 'Transpose', inputs: ['image'], outputs: ['turned'], attributes })] : []),
    conv('stem/stem.0', last ? 'turned' : 'image'),
    norm('stem/stem.1', 'stem/stem.0_out'),
    plain('Relu', 'stem/stem.2', ['stem/stem.1_out']),
    ...blockOf(options),
    plain('Relu', 'block/relu', ['block_out']),
    plain('GlobalAveragePool', 'pool', ['block/relu_out']),
    ...head,
  ];
}

/** The bytes of a weight file, and the model's weights as messages. */
function weightsOf({ type, factor = 1, weights }: TinyOptions) {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const messages = WEIGHTS.map(([name, dims, plainValues]) => {
    const values = plainValues.map((value) => value * factor);
    if (type === 'float16') {
      const halves = new Uint16Array(values.length);
      toFloat16(values, halves);
      return tensorMessage({ name, dtype: ElementType.float16, dims }, new Uint8Array(halves.buffer));
    }
    if (weights === undefined || values.length < 100) return floatTensor(name, dims, values);
    const place = { location: weights, offset, length: values.byteLength };
    parts.push(new Uint8Array(values.buffer));
    offset += values.byteLength;
    return externalTensorMessage({ name, dtype: ElementType.float32, dims }, place);
  });
  return { bytes: Buffer.concat(parts), messages };
}

/** A stem and a residual block: convolutions, batch norms, activations and a merge, named as PyTorch's tracing exporter names. */
export function tinyOnnx(options: TinyOptions = {}): Uint8Array {
  const { batch = 'N', layout, opset = 17, type } = options;
  const dtype = type === 'float16' ? ElementType.float16 : ElementType.float32;
  const shape = layout === 'channels last' ? [batch, SIDE, SIDE, 3] : [batch, 3, SIDE, SIDE];
  return modelMessage({
    irVersion: 8,
    opsets: [{ domain: '', version: opset }],
    nodes: nodesOf(options),
    initializers: [...weightsOf(options).messages, ...(options.headWeights ?? [])],
    inputs: [valueMessage('image', dtype, shape)],
    outputs: [valueMessage('logits', dtype, [batch, 10])],
  });
}

/** Writes a tiny model, and its weight file beside it where it has one. */
export async function saveTiny(folder: string, name: string, options: TinyOptions = {}): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, tinyOnnx(options));
  if (options.weights !== undefined)
    await writeFile(join(folder, basename(options.weights)), weightsOf(options).bytes);
  return path;
}
