// What says the same in fewer ops, to the bit:
//   Cast(Cast(x, a -> b), b -> c) = Cast(x, a -> c)    where b holds every a (uint8 -> int32 -> float32)
//   Reshape(x) = x, Identity(x) = x                    where the shape stays
//   Maximum(Minimum(Relu(x), 6), 0) = Relu6(x)         as tfjs clips
//   Add(x, b) = BiasAdd(x, b)                          for one number b for each channel
import { DataType } from '../backend/data-type.js';
import {
  floatConstant,
  floatValues,
  type GraphNode,
  type Output,
  outputOf,
  type Rule,
  shapeOf,
} from './graph.js';

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

function typeOf(node: GraphNode, name: string): number | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'type' ? attribute.value : undefined;
}

function castOnce(node: GraphNode): GraphNode | undefined {
  const inner = node.inputs[0]?.node;
  if (node.op !== 'Cast' || inner?.op !== 'Cast' || typeOf(inner, 'SrcT') !== DataType.uint8)
    return undefined;
  const attributes = { ...node.attributes, SrcT: inner.attributes.SrcT! };
  return { ...node, attributes, inputs: inner.inputs };
}

function passedOn({ op, inputs, shapes, attributes }: GraphNode): Output | undefined {
  const [input] = inputs;
  if (input === undefined) return undefined;
  if (op === 'Identity') return input;
  if (op === 'Reshape' && sameShape(shapeOf(input), shapes[0]!)) return input;
  const { SrcT, DstT } = attributes;
  return op === 'Cast' && SrcT?.value === DstT?.value ? input : undefined;
}

/** The one number that a constant holds. */
function scalarOf(output: Output | undefined): number | undefined {
  const values = output === undefined ? undefined : floatValues(output);
  return values?.length === 1 ? values[0] : undefined;
}

function relu6(node: GraphNode): GraphNode | undefined {
  const least = node.inputs[0]?.node;
  if (node.op !== 'Maximum' || scalarOf(node.inputs[1]) !== 0) return undefined;
  if (least?.op !== 'Minimum' || scalarOf(least.inputs[1]) !== 6) return undefined;
  const clipped = least.inputs[0]!;
  const inner = clipped.node.op === 'Relu' ? clipped.node.inputs[0]! : clipped;
  return {
    op: 'Relu6',
    attributes: { T: { kind: 'type', value: DataType.float32 } },
    inputs: [inner],
    shapes: node.shapes,
  };
}

/** The ops whose output a bias is added to inside one kernel. */
const TAKES_BIAS = new Set(['Conv2D', 'DepthwiseConv2dNative', 'MatMul']);

function biasAdd(node: GraphNode): GraphNode | undefined {
  const [input, other] = node.inputs;
  if ((node.op !== 'Add' && node.op !== 'AddV2') || input === undefined || other === undefined)
    return undefined;
  if (!TAKES_BIAS.has(input.node.op)) return undefined;
  const bias = floatValues(other);
  const channels = shapeOf(input).at(-1);
  if (bias === undefined || bias.length !== channels || shapeOf(other).at(-1) !== channels) return undefined;
  return biasAddNode(input, bias);
}

/** The node that adds a bias, one number for each channel. */
export function biasAddNode(input: Output, bias: Float32Array): GraphNode {
  return {
    op: 'BiasAdd',
    attributes: {
      T: { kind: 'type', value: DataType.float32 },
      data_format: { kind: 'string', value: 'NHWC' },
    },
    inputs: [input, floatConstant(bias, [bias.length])],
    shapes: [shapeOf(input)],
  };
}

/** Says the same in fewer ops. */
export const simplify: Rule = (node) => {
  const through = passedOn(node);
  if (through !== undefined) return [through];
  const made = castOnce(node) ?? relu6(node) ?? biasAdd(node);
  return made === undefined ? undefined : [outputOf(made)];
};
