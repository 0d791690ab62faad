// Batch norm of a convolution is a convolution: with s = scale / sqrt(variance + epsilon) for each channel,
//   (conv(x, W) + b - mean) s + offset  =  conv(x, W s) + ((b - mean) s + offset)
// The products are made in float64 and rounded once. A convolution whose own output is tapped is computed a second time,
// unfolded, for that tap alone: what comes behind it must not depend on which taps are asked for.
import type { Attribute } from '../backend/graph-messages.js';
import {
  floatConstant,
  floatValues,
  type GraphNode,
  type Output,
  outputOf,
  type Rule,
  shapeOf,
} from './graph.js';
import { biasAddNode } from './simplify.js';

/** What one channel is multiplied by, and what is added to it then. */
interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

function epsilonOf(attribute: Attribute | undefined): number {
  return attribute?.kind === 'float' ? attribute.value : 1e-4;
}

/** What a batch norm with constant statistics does to each channel; undefined for any other node. */
export function batchNormAffine({ op, attributes, inputs }: GraphNode): Affine | undefined {
  if (!/^FusedBatchNorm(V[23])?$/.test(op) || attributes.is_training?.value === true) return undefined;
  const [scale, offset, mean, variance] = inputs.slice(1).map(floatValues);
  if (scale === undefined || offset === undefined || mean === undefined || variance === undefined)
    return undefined;
  // The attribute is a float32 in TensorFlow.
  const epsilon = Math.fround(epsilonOf(attributes.epsilon));
  const scales = Float64Array.from(scale, (value, at) => value / Math.sqrt(variance[at]! + epsilon));
  return { scale: scales, shift: scales.map((factor, at) => offset[at]! - mean[at]! * factor) };
}

/** The numbers of a constant that has one for each channel of a map. */
function perChannel(output: Output, map: Output): Float32Array | undefined {
  const channels = shapeOf(map).at(-1);
  const values = floatValues(output);
  return values?.length === channels && shapeOf(output).at(-1) === channels ? values : undefined;
}

/** A node that does something to each channel of a map, and that map. */
interface Normalisation extends Affine {
  readonly map: Output;
}

/** x scale + shift with two constants, as tf.nn.batch_normalization writes a batch norm. */
function scaledAndShifted({ op, inputs: [scaled, shift] }: GraphNode): Normalisation | undefined {
  if ((op !== 'Add' && op !== 'AddV2') || scaled?.node.op !== 'Mul' || shift === undefined) return undefined;
  const [map, factor] = scaled.node.inputs as readonly [Output, Output];
  const [scale, offset] = [perChannel(factor, map), perChannel(shift, map)];
  if (scale === undefined || offset === undefined) return undefined;
  return { map, scale: Float64Array.from(scale), shift: Float64Array.from(offset) };
}

function normalisationOf(node: GraphNode): Normalisation | undefined {
  const affine = batchNormAffine(node);
  return affine === undefined ? scaledAndShifted(node) : { ...affine, map: node.inputs[0]! };
}

interface Convolution {
  readonly node: GraphNode;
  readonly filter: Float32Array;
  readonly bias: Float32Array | undefined;
}

/** The convolution with constant filter that makes an output, with the bias that is added between. */
function convolutionOf(output: Output): Convolution | undefined {
  const biased = output.node.op === 'BiasAdd' ? output.node : undefined;
  const { node } = biased?.inputs[0] ?? output;
  if (node.op !== 'Conv2D' && node.op !== 'DepthwiseConv2dNative') return undefined;
  const filter = floatValues(node.inputs[1]!);
  const bias = biased === undefined ? undefined : floatValues(biased.inputs[1]!);
  return filter === undefined || (biased !== undefined && bias === undefined)
    ? undefined
    : { node, filter, bias };
}

/** The filter times each output channel's factor. The last axes hold the channels: (h, w, in, out), (h, w, in, times). */
function scaledFilter({ node, filter }: Convolution, { scale }: Affine): Output {
  const folded = filter.map((weight, at) => weight * scale[at % scale.length]!);
  return floatConstant(folded, shapeOf(node.inputs[1]!));
}

/** Folds batch norms into the convolutions before them. */
export const foldBatchNorm: Rule = (node) => {
  const affine = normalisationOf(node);
  const convolution = affine === undefined ? undefined : convolutionOf(affine.map);
  if (affine === undefined || convolution === undefined) return undefined;
  const { node: before, bias } = convolution;
  const folded: GraphNode = { ...before, inputs: [before.inputs[0]!, scaledFilter(convolution, affine)] };
  const shift = Float32Array.from(affine.shift, (value, at) => value + (bias?.[at] ?? 0) * affine.scale[at]!);
  const unused = node.shapes.slice(1).map(() => outputOf(folded));
  return [outputOf(biasAddNode(outputOf(folded), shift)), ...unused];
};
