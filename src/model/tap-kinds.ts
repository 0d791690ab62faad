import type { TapKind } from './model.js';

/** Layer classes of Keras and ops of TensorFlow by the kind of tap they make; all else is `other`. */
const KINDS: Readonly<Record<Exclude<TapKind, 'other'>, readonly (string | RegExp)[]>> = {
  input: ['InputLayer', 'Placeholder'],
  convolution: [/Conv(1D|2D|3D)/, /Conv2d/, 'Conv2DBackpropInput', 'Conv3DBackpropInputV2'],
  normalisation: [/^BatchNormalization/, 'LayerNormalization', /^FusedBatchNorm/, 'LRN'],
  activation: [
    'Activation',
    'ReLU',
    'LeakyReLU',
    'PReLU',
    'ELU',
    'ThresholdedReLU',
    'Softmax',
    'Relu',
    'Relu6',
    'LeakyRelu',
    'Prelu',
    'Elu',
    'Selu',
    'Sigmoid',
    'Tanh',
    'Softplus',
    'LogSoftmax',
  ],
  pooling: [/Pooling(1D|2D|3D)$/, /^(Avg|Max)Pool/, 'Mean'],
  merge: [
    'Add',
    'Concatenate',
    'Multiply',
    'Average',
    'Maximum',
    'Minimum',
    'Subtract',
    'Dot',
    'AddV2',
    'AddN',
    'Concat',
    'ConcatV2',
    'Mul',
    'Sub',
  ],
  dense: ['Dense', 'MatMul', '_FusedMatMul', 'BatchMatMul', 'BatchMatMulV2'],
};

/** The kind of tap that a layer class or an op makes. */
export function kindOf(op: string): TapKind {
  for (const [kind, patterns] of Object.entries(KINDS))
    if (patterns.some((pattern) => (typeof pattern === 'string' ? pattern === op : pattern.test(op))))
      return kind as TapKind;
  return 'other';
}
