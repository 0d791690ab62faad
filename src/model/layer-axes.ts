// How Keras's layers change the axes of a tensor.
import type tf from '@tensorflow/tfjs';
import { type Axes, axisOf, lengthOf, mapAxes, meaningsOf, unknownAxes } from './axes/axis.js';
import { convolvedAxes } from './axes/convolution-axes.js';
import { einsumAxes } from './axes/einsum-axes.js';
import { type AxisRule, type AxisRules, followOp, mainInput, type OpView } from './axes/op-view.js';
import {
  assumedAxes,
  broadcastAxes,
  definedAxes,
  dense,
  joined,
  keepAxes,
  normalisedLast,
  permuted,
  reshapedAxes,
} from './axes/rules.js';
import type { LayerPlan } from './layer-plan.js';

function channelsOf(view: OpView): 'first' | 'last' {
  return view.text('dataFormat') === 'channelsFirst' ? 'first' : 'last';
}

const mapRule: AxisRule = (view) => convolvedAxes(channelsOf(view))(view);
/** Whatever it is told, a Conv1D of tfjs gives its channels last: it turns (channels, steps) itself. */
const sequenceRule: AxisRule = (view) =>
  channelsOf(view) === 'first' ? definedAxes('last')(view) : convolvedAxes('last')(view);
const poolRule: AxisRule = (view) => assumedAxes(channelsOf(view))(view);

/** (batch, steps, units), or (batch, units) of the last step; further outputs are states. */
const recurrentRule: AxisRule = (view) => {
  const [batch = [], steps = []] = mainInput(view);
  const [, ...rest] = view.shape;
  if (rest.length === 1) return { axes: [batch, axisOf('channels', rest[0]!)] };
  if (rest.length !== 2) return undefined;
  return { axes: [batch, axisOf('steps', lengthOf(steps)), axisOf('channels', rest[1]!)] };
};

/** Maps, with a step for each where all are given back. */
const recurrentMapsRule: AxisRule = (view) => {
  const { shape } = view;
  if (shape.length === 4) return mapRule(view);
  const [batch = [], ...map] = mapAxes([shape[0]!, ...shape.slice(2)], channelsOf(view));
  return shape.length === 5 ? { axes: [batch, axisOf('steps', shape[1]!), ...map] } : undefined;
};

/** (batch, features) -> (batch, times, features). */
const repeatRule: AxisRule = (view) => {
  const [batch = [], features = []] = mainInput(view);
  return { axes: [batch, axisOf('steps', view.shape[1] ?? 1), features] };
};

const globalPoolRule: AxisRule = (view) => {
  const axes = mainInput(view);
  const isFirst = channelsOf(view) === 'first';
  const kept = axes[isFirst ? 1 : axes.length - 1] ?? [];
  return {
    axes: [
      axes[0] ?? [],
      meaningsOf([[], kept])[1] === 'unknown' ? axisOf('channels', lengthOf(kept)) : kept,
    ],
  };
};

/** Dims of Permute are counted from 1, without the batch. */
const permuteRule: AxisRule = (view) => permuted(view, [0, ...(view.ints('dims') ?? [])]);

const normRule: AxisRule = (view) => {
  const [axis = -1, ...more] = view.ints('axis') ?? [];
  const isLast = more.length === 0 && (axis === -1 || axis === view.shape.length - 1);
  return isLast ? normalisedLast(view) : keepAxes(view);
};

/** Layers that compute number by number, with parameters for each channel or none, and those that train only. */
const ELEMENTWISE =
  /^(Activation|ReLU|LeakyReLU|PReLU|ELU|ThresholdedReLU|Softmax|Dropout|SpatialDropout[123]D|AlphaDropout|Gaussian(Noise|Dropout)|Masking|Rescaling|Add|Multiply|Average|Maximum|Minimum|Subtract|ActivityRegularization)$/;

/** tfjs's layers by the names of their classes. */
const LAYER_AXES: AxisRules = [
  [ELEMENTWISE, broadcastAxes],
  [/^Conv1D$/, sequenceRule],
  [/^(Separable|Depthwise)?Conv[23]D(Transpose)?$/, mapRule],
  [/^Global(Average|Max)Pooling[123]D$/, globalPoolRule],
  [/^((Average|Max)Pooling|ZeroPadding|Cropping|UpSampling)[123]D$/, poolRule],
  [/^(Resizing|CenterCrop|RandomHeight|RandomWidth)$/, keepAxes],
  [/^(BatchNormalization|LayerNormalization)$/, normRule],
  [/^(Reshape|Flatten)$/, reshapedAxes],
  [/^Permute$/, permuteRule],
  [/^RepeatVector$/, repeatRule],
  [/^Dense$/, (view) => dense(mainInput(view), view.shape.at(-1) ?? 1)],
  [/^EinsumDense$/, einsumAxes],
  [/^Concatenate$/, (view) => joined(view, view.ints('axis')?.[0] ?? -1)],
  [/^(LSTM|GRU|SimpleRNN|RNN)$/, recurrentRule],
  [/^ConvLSTM2D$/, recurrentMapsRule],
];

/** A layer's configuration as a rule reads it. */
function configOf(layer: tf.layers.Layer) {
  // A Conv1D keeps its data format out of its configuration.
  const { dataFormat } = layer as { dataFormat?: string };
  const config: tf.serialization.ConfigDict = {
    ...layer.getConfig(),
    ...(dataFormat === undefined ? {} : { dataFormat }),
  };
  return {
    ints: (name: string) => {
      const value = config[name];
      if (typeof value === 'number') return [value];
      return Array.isArray(value) && value.every((one) => typeof one === 'number')
        ? (value as number[])
        : undefined;
    },
    text: (name: string) => (typeof config[name] === 'string' ? config[name] : undefined),
  };
}

interface LayerUse {
  readonly layer: tf.layers.Layer;
  readonly name: string;
  readonly inputs: readonly Axes[];
  /** With the batch. */
  readonly shape: readonly number[];
  readonly output: number;
}

/** The layer that a wrapper applies: to each step, or in both directions. */
function wrapped(layer: tf.layers.Layer): tf.layers.Layer | undefined {
  const { layer: inner, forwardLayer } = layer as { layer?: tf.layers.Layer; forwardLayer?: tf.layers.Layer };
  return inner ?? forwardLayer;
}

/** The axes of one output of a layer. */
function layerAxes(use: LayerUse): Axes {
  const { layer, name, inputs, shape, output } = use;
  const op = layer.getClassName();
  const inner = wrapped(layer);
  if (op === 'Bidirectional' && inner !== undefined) return layerAxes({ ...use, layer: inner });
  const [main = []] = inputs;
  if (op === 'TimeDistributed' && inner !== undefined) {
    const [batch = [], steps = [], ...rest] = main;
    const each = { ...use, layer: inner, inputs: [[batch, ...rest]], shape: [shape[0]!, ...shape.slice(2)] };
    const [, ...made] = layerAxes(each);
    const [meaning] = meaningsOf([[], steps]).slice(1);
    return [batch, meaning === 'unknown' ? axisOf('steps', lengthOf(steps)) : steps, ...made];
  }
  const place = `${op} at ${name}`;
  const view = { op, place, inputs, shape, output, constant: () => undefined, ...configOf(layer) };
  return inputs.length === 0 ? unknownAxes(shape, place) : followOp(view, LAYER_AXES).axes;
}

/** A batch that no layer knows: shapes of layers do not depend on it. */
const BATCH = 7;

/**
 * The axes of every value of a plan.
 *
 * @param shapes - of every value, without the batch; (height, width, channels) of the image, value 0.
 */
export function planAxes(
  plan: LayerPlan,
  shapes: ReadonlyMap<number, readonly number[]>,
): ReadonlyMap<number, Axes> {
  const axes = new Map<number, Axes>([[0, mapAxes([BATCH, ...shapes.get(0)!], 'last')]]);
  for (const { name, layer, inputs, outputs } of plan.steps)
    for (const [output, value] of outputs.entries()) {
      const shape = [BATCH, ...shapes.get(value)!];
      axes.set(value, layerAxes({ layer, name, inputs: inputs.map((one) => axes.get(one)!), shape, output }));
    }
  return axes;
}
