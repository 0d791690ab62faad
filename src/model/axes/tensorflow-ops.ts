// How TensorFlow's ops change the axes of a tensor.
import type { Axis } from './axis.js';
import { convolvedAxes } from './convolution-axes.js';
import { einsumAxes } from './einsum-axes.js';
import { type AxisRule, type AxisRules, fromStart, mainInput, type OpView } from './op-view.js';
import {
  assumedAxes,
  broadcastAxes,
  definedAxes,
  gathered,
  joined,
  keepAxes,
  keptOver,
  permuted,
  product,
  reduced,
  reshapedAxes,
  stacked,
  transposed,
} from './rules.js';

function isSet(view: OpView, ...names: readonly string[]): boolean {
  return names.some((name) => view.ints(name)?.[0] === 1);
}

/** Channels first in NCHW, NCDHW and NCHW_VECT_C; last where the op says nothing else. */
function channelsOf(view: OpView): 'first' | 'last' {
  return view.text('data_format')?.startsWith('NC') ? 'first' : 'last';
}

const convolutionRule: AxisRule = (view) => convolvedAxes(channelsOf(view))(view);
const mapRule: AxisRule = (view) => definedAxes(channelsOf(view))(view);
const poolRule: AxisRule = (view) => assumedAxes(channelsOf(view))(view);

/** In training each channel is normalised over all other axes. Keras writes layer norms like that: each row a channel. */
const batchNormRule: AxisRule = (view) => {
  const found = poolRule(view);
  const axes = mainInput(view);
  const channels = channelsOf(view) === 'first' ? 1 : axes.length - 1;
  const isTraining = isSet(view, 'is_training');
  return found && { ...found, over: isTraining ? axes.filter((_, at) => at !== channels) : [] };
};

const productRule: AxisRule = (view) => {
  const [left, right] = view.inputs;
  return product(view, {
    left: isSet(view, 'transpose_a', 'adj_x') ? transposed(left) : left,
    right: isSet(view, 'transpose_b', 'adj_y') ? transposed(right) : right,
  });
};

const reduceRule: AxisRule = (view) => {
  const over = view.constant(1);
  return over && reduced(view, over, isSet(view, 'keep_dims', 'keepdims'));
};

const unpackRule: AxisRule = (view) => {
  return reduced(view, [view.ints('axis')?.[0] ?? 0], false);
};

/** Which axes a slice takes whole, cuts, takes one entry of, or puts in: a bit of each mask for each entry of the slice. */
const sliceRule: AxisRule = (view) => {
  const mask = (name: string) => view.ints(name)?.[0] ?? 0;
  const entries = view.constant(1)?.length;
  const [axes, isPlain] = [mainInput(view), mask('ellipsis_mask') === 0];
  if (entries === undefined || !isPlain) return keepAxes(view);
  const strides = view.constant(3) ?? [];
  const [made, over]: [Axis[], Axis[]] = [[], []];
  let at = 0;
  for (let entry = 0; entry < entries; entry++) {
    const bit = 1 << entry;
    if ((mask('new_axis_mask') & bit) !== 0) {
      made.push([]);
      continue;
    }
    const axis = axes[at++] ?? [];
    const isOne = (mask('shrink_axis_mask') & bit) !== 0;
    if (!isOne) made.push(axis);
    // One entry of it, or all of them backwards.
    if (isOne || (strides[entry] ?? 1) < 0) over.push(axis);
  }
  const kept = keepAxes({ ...view, inputs: [[...made, ...axes.slice(at)]] });
  return kept && { ...kept, over: [...(kept.over ?? []), ...over] };
};

const concatRule: AxisRule = (view) => {
  const axis = view.op === 'Concat' ? view.constant(0) : view.constant(view.inputs.length - 1);
  const found = axis?.[0] === undefined ? undefined : joined(view, axis[0]);
  return found && { axes: found.axes };
};

const gatherRule: AxisRule = (view) => gathered(view, view.constant(2)?.[0] ?? 0);

/** Each output is the input of its place. */
const passRule: AxisRule = (view) => {
  const axes = view.inputs[view.output];
  return axes && { axes };
};

const alongRule: AxisRule = (view) => keptOver(view, view.constant(1) ?? []);

const argRule: AxisRule = (view) => {
  const axis = view.constant(1)?.[0];
  return axis === undefined ? undefined : reduced(view, [fromStart(axis, mainInput(view).length)], false);
};

/** Ops that work number by number, on one tensor or on several. */
const ELEMENTWISE = new RegExp(
  `^(${[
    'Abs|Acosh?|Asinh?|Atan|Atan2|Atanh|Add|AddV2|AddN|BiasAdd|BiasAddV1|BroadcastTo|Cast|Ceil|CheckNumerics|ClipByValue|Cosh?',
    'Div|DivNoNan|Elu|EnsureShape|Equal|Erf|Erfc|Erfinv|Exp|Expm1|Floor|FloorDiv|FloorMod|Greater|GreaterEqual|Identity|Inv',
    'IsFinite|IsInf|IsNan|LeakyRelu|Less|LessEqual|Log|Log1p|LogicalAnd|LogicalNot|LogicalOr|Maximum|Minimum|Mod|Mul|MulNoNan',
    'Neg|NotEqual|OnesLike|Pow|Prelu|PreventGradient|RealDiv|Reciprocal|Relu|Relu6|Rint|Round|Rsqrt|Select|SelectV2|Selu',
    'Sigmoid|Sign|Sinh?|Snapshot|Softplus|Softsign|Sqrt|Square|SquaredDifference|StopGradient|Sub|Tanh?|TruncateDiv|Xdivy|Xlogy',
    'ZerosLike|PlaceholderWithDefault|FakeQuantWithMinMax\\w+|QuantizeAndDequantize\\w*|MatrixBandPart',
  ].join('|')})$`,
);

/** TensorFlow's ops, and those that tfjs's converter makes of them. */
export const TENSORFLOW_AXES: AxisRules = [
  [ELEMENTWISE, broadcastAxes],
  [
    /^_?(Fused)?(Conv[123]D|DepthwiseConv2d(Native)?)$|^Conv[23]DBackpropInput(V2)?$|^Dilation2D$/,
    convolutionRule,
  ],
  [/^(DepthToSpace|SpaceToDepth)$/, mapRule],
  [/^(Avg|Max)Pool(3D|V2|WithArgmax)?$|^LRN$/, poolRule],
  [/^_?FusedBatchNorm(V2|V3|Ex)?$/, batchNormRule],
  [/^Transpose$/, (view) => (view.constant(1) === undefined ? undefined : permuted(view, view.constant(1)))],
  [/^(Reshape|Squeeze|ExpandDims)$/, reshapedAxes],
  [/^_?(Fused)?(MatMul|BatchMatMul(V2|V3)?)$/, productRule],
  [/^Einsum$/, einsumAxes],
  [/^(Mean|Sum|Max|Min|Prod|All|Any|EuclideanNorm)$/, reduceRule],
  [/^Arg(Max|Min)$/, argRule],
  [/^(Softmax|LogSoftmax)$/, (view) => keptOver(view, [-1])],
  [/^(Cumsum|Cumprod|ReverseV2)$/, alongRule],
  [/^StridedSlice$/, sliceRule],
  [/^(Split|SplitV|Slice|Tile|Pad|PadV2|MirrorPad|TopKV2|Roll)$/, keepAxes],
  [/^(Resize(Bilinear|NearestNeighbor|Bicubic|Area)|SpaceToBatchND|BatchToSpaceND)$/, keepAxes],
  [/^(GatherV2|Gather)$/, gatherRule],
  [/^(ConcatV2|Concat)$/, concatRule],
  [/^Pack$/, (view) => stacked(view, view.ints('axis')?.[0] ?? 0)],
  [/^Unpack$/, unpackRule],
  [/^IdentityN$/, passRule],
];
