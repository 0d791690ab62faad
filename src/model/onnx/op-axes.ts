// How ONNX's ops change the axes of a tensor. Convolutions have their channels after the batch by definition.
import { type Axes, axisOf, lengthOf, meaningsOf, unknownAxes } from '../axes/axis.js';
import { convolvedAxes } from '../axes/convolution-axes.js';
import { einsumAxes } from '../axes/einsum-axes.js';
import {
  type AxisRule,
  type AxisRules,
  type Followed,
  fromStart,
  mainInput,
  type OpView,
} from '../axes/op-view.js';
import {
  assumedAxes,
  broadcastAxes,
  definedAxes,
  gathered,
  joined,
  keepAxes,
  keptOver,
  normalisedLast,
  permuted,
  product,
  reduced,
  reshapedAxes,
  transposed,
} from '../axes/rules.js';

function from(first: number, rank: number): number[] {
  return Array.from({ length: rank - first }, (_, at) => first + at);
}

/** An attribute that is one whole number. */
function intOf(view: OpView, name: string, otherwise: number): number {
  return view.ints(name)?.[0] ?? otherwise;
}

const reduceAxes: AxisRule = (view) => {
  const { shape } = view;
  const axes = mainInput(view);
  const keeps = intOf(view, 'keepdims', 1) === 1;
  const stated = view.ints('axes') ?? view.constant(1) ?? [];
  if (stated.length > 0) return reduced(view, stated, keeps);
  // Axes that are computed or not stated, which is all of them or none, are those that the shape lacks.
  if (axes.length === shape.length)
    return reduced(
      view,
      from(0, axes.length).filter((at) => lengthOf(axes[at]!) !== shape[at]),
      keeps,
    );
  if (shape.length === 0) return reduced(view, from(0, axes.length), keeps);
  const hasBatch = axes[0] !== undefined && lengthOf(axes[0]) === shape[0];
  return { axes: unknownAxes(shape, view.place, axes[0]), over: hasBatch ? [] : axes.slice(0, 1) };
};

const argAxes: AxisRule = (view) => reduced(view, [intOf(view, 'axis', 0)], intOf(view, 'keepdims', 1) === 1);

const layerNormAxes: AxisRule = (view) => {
  const rank = mainInput(view).length;
  const axis = fromStart(intOf(view, 'axis', -1), rank);
  return axis === rank - 1 ? normalisedLast(view) : keptOver(view, from(axis, rank));
};

const gemmAxes: AxisRule = (view) => {
  const turned = (axes: Axes | undefined, name: string) =>
    intOf(view, name, 0) === 1 ? transposed(axes) : axes;
  return product(view, { left: turned(view.inputs[0], 'transA'), right: turned(view.inputs[1], 'transB') });
};

function productOf(right: number): AxisRule {
  return (view) => product(view, { left: view.inputs[0], right: view.inputs[right] });
}

/** X (steps, batch, inputs) -> Y (steps, directions, batch, units), then the last states; the batch first in layout 1. */
const recurrentAxes: AxisRule = (view) => {
  const { shape, output } = view;
  const [input] = view.inputs;
  if (input?.length !== 3) return undefined;
  const first = intOf(view, 'layout', 0) === 1;
  const [steps, batch] = first ? [input[1]!, input[0]!] : [input[0]!, input[1]!];
  const units = axisOf('channels', shape.at(-1) ?? 1);
  const directions = axisOf('channels', shape.at(first ? -2 : -3) ?? 1);
  const time = meaningsOf([steps])[0] === 'batch' ? steps : axisOf('steps', lengthOf(steps));
  const inOrder = first ? [batch, time, directions, units] : [time, directions, batch, units];
  return { axes: output === 0 ? inOrder : inOrder.filter((axis) => axis !== time), over: [steps] };
};

/** Images that are joined to their own variants lie one after the other in the batch: (copies, batch). */
const concatAxes: AxisRule = (view) => {
  const found = joined(view, intOf(view, 'axis', 1));
  const [axes, ...more] = view.inputs.flatMap((one) => (one === undefined ? [] : [one]));
  const isBatch = fromStart(intOf(view, 'axis', 1), view.shape.length) === 0;
  if (found === undefined || axes === undefined || !isBatch) return found && { axes: found.axes };
  const copies = view.shape[0]! / lengthOf(axes[0] ?? []);
  if (copies !== more.length + 1) return { axes: found.axes };
  return { axes: [[{ meaning: 'tokens', length: copies }, ...axes[0]!], ...found.axes.slice(1)] };
};

/** Backwards along an axis (a step below 0) every entry takes the place of another. */
const sliceAxes: AxisRule = (view) => {
  const steps = view.constant(4) ?? [];
  const along = view.constant(3) ?? steps.map((_, at) => at);
  return keptOver(
    view,
    along.filter((_, at) => (steps[at] ?? 1) < 0),
  );
};

/** Ops that find entries along an axis, or put them there. */
const alongAxes: AxisRule = (view) => keptOver(view, [intOf(view, 'axis', view.op === 'TopK' ? -1 : 0)]);

const softmaxAxes: AxisRule = (view) => keptOver(view, [intOf(view, 'axis', -1)]);

const attentionAxes: AxisRule = (view): Followed | undefined =>
  view.output === 0 ? keepAxes(view) : undefined;

/** In training every channel is normalised over all else, the images of the batch among it. */
const batchNormAxes: AxisRule = (view) => {
  const found = assumedAxes('first')(view);
  const isTraining = intOf(view, 'training_mode', 0) === 1 || view.ints('is_test')?.[0] === 0;
  return found && { ...found, over: isTraining ? mainInput(view).filter((_, at) => at !== 1) : [] };
};

const varianceAxes: AxisRule = (view) => keptOver(view, view.ints('axes') ?? [0, 2, 3]);

/** Ops that work number by number, on one tensor or on several. */
const ELEMENTWISE = new RegExp(
  `^(${[
    'Abs|Acosh?|Asinh?|Atanh?|Ceil|Celu|Clip|Cosh?|Elu|Erf|Exp|Floor|Gelu|BiasGelu|FastGelu|QuickGelu|HardSigmoid|HardSwish',
    'Identity|IsInf|IsNaN|LeakyRelu|Log|Mish|Neg|Not|PRelu|Reciprocal|Relu|Round|Selu|Shrink|Sigmoid|Sign|Sinh?|Softplus',
    'Softsign|Sqrt|Swish|Tanh?|ThresholdedRelu|Cast|CastLike|Dropout|Trilu|Add|And|BitShift|Div|Equal|Greater|GreaterOrEqual',
    'Less|LessOrEqual|Max|Mean|Min|Mod|Mul|Or|Pow|Sub|Sum|Where|Xor|QuantizeLinear|DequantizeLinear|QLinearAdd|QLinearMul',
    'QLinearSigmoid|QLinearLeakyRelu|Expand',
  ].join('|')})$`,
);

/** ONNX's ops and those of onnxruntime's own set. */
export const ONNX_AXES: AxisRules = [
  [ELEMENTWISE, broadcastAxes],
  [/^(Conv|ConvTranspose|ConvInteger|QLinearConv|FusedConv|DeformConv)$/, convolvedAxes('first')],
  [/^(DepthToSpace|SpaceToDepth|GridSample|AffineGrid)$/, definedAxes('first')],
  [/^BatchNormalization$/, batchNormAxes],
  [/Pool$|^(InstanceNormalization|GroupNormalization|LRN)$/, assumedAxes('first')],
  [/^Transpose$/, (view) => permuted(view, view.ints('perm'))],
  [/^(Reshape|Flatten|Squeeze|Unsqueeze)$/, reshapedAxes],
  [
    /^(MatMul|FusedMatMul|MatMulInteger|MatMulNBits|DynamicQuantizeMatMul|MatMulIntegerToFloat)$/,
    productOf(1),
  ],
  [/^QLinearMatMul$/, productOf(3)],
  [/^(Gemm|FusedGemm)$/, gemmAxes],
  [/^Einsum$/, einsumAxes],
  [/^Reduce/, reduceAxes],
  [/^Arg(Max|Min)$/, argAxes],
  [
    /^(LayerNormalization|RMSNormalization|SimplifiedLayerNormalization|SkipLayerNormalization)$/,
    layerNormAxes,
  ],
  [/^(Softmax|LogSoftmax|Hardmax|LpNormalization)$/, softmaxAxes],
  [/^MeanVarianceNormalization$/, varianceAxes],
  [/^CumSum$/, (view) => keptOver(view, view.constant(1) ?? [])],
  [/^(Split|Pad|Tile|Resize|Upsample|CenterCropPad|ScatterND|DynamicQuantizeLinear)$/, keepAxes],
  [/^Slice$/, sliceAxes],
  [/^(TopK|GatherElements|ScatterElements)$/, alongAxes],
  [/^ReverseSequence$/, (view) => keptOver(view, [intOf(view, 'time_axis', 0)])],
  [/^Gather$/, (view) => gathered(view, intOf(view, 'axis', 0))],
  [/^(Concat|QLinearConcat)$/, concatAxes],
  [/^(LSTM|GRU|RNN)$/, recurrentAxes],
  [/^(Attention|MultiHeadAttention|GroupQueryAttention)$/, attentionAxes],
];
