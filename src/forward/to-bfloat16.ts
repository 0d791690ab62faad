import { DataType } from '../backend/data-type.js';
import {
  constantNode,
  floatValues,
  type Graph,
  type GraphNode,
  type Output,
  outputOf,
  rewriteGraph,
  shapeOf,
} from './graph.js';

/** The ops that are computed in bfloat16, and which of their inputs are numbers of that type. */
const NUMBERS: Readonly<Record<string, (count: number) => readonly number[]>> = {
  Conv2D: () => [0, 1],
  DepthwiseConv2dNative: () => [0, 1],
  _FusedConv2D: (count) => Array.from({ length: count }, (_, place) => place),
  _FusedDepthwiseConv2dNative: (count) => Array.from({ length: count }, (_, place) => place),
  BiasAdd: () => [0, 1],
  Add: () => [0, 1],
  AddV2: () => [0, 1],
  Relu: () => [0],
  Relu6: () => [0],
  MaxPool: () => [0],
  Pad: () => [0],
  PadV2: () => [0, 2],
  ConcatV2: (count) => Array.from({ length: count - 1 }, (_, place) => place),
};

/** The nearest bfloat16 of each float32, ties to even, as bits. NaN stays NaN. */
export function bfloat16Bits(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, (word) => {
    if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40;
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  });
}

function cast(output: Output, from: number, to: number): Output {
  const attributes = { SrcT: { kind: 'type', value: from }, DstT: { kind: 'type', value: to } } as const;
  return outputOf({ op: 'Cast', attributes, inputs: [output], shapes: [shapeOf(output)] });
}

function widened(output: Output): Output {
  return cast(output, DataType.bfloat16, DataType.float32);
}

/** A float32 output as bfloat16: what it was widened from, a constant, or a cast. */
function narrowed(output: Output): Output {
  const { node } = output;
  if (node.op === 'Cast' && node.attributes.SrcT?.value === DataType.bfloat16) return node.inputs[0]!;
  const values = floatValues(output);
  if (values === undefined) return cast(output, DataType.float32, DataType.bfloat16);
  const bytes = new Uint8Array(bfloat16Bits(values).buffer);
  return outputOf(constantNode({ dtype: DataType.bfloat16, shape: shapeOf(output), bytes }));
}

/** TensorFlow's own fused convolution knows no bfloat16. In its place stands the kernel of oneDNN that TensorFlow takes for it. */
function withKernel({ op, attributes, ...rest }: GraphNode): GraphNode {
  if (op !== '_FusedConv2D') return { ...rest, op, attributes };
  return {
    ...rest,
    op: '_MklNativeFusedConv2D',
    attributes: {
      ...attributes,
      _kernel: { kind: 'string', value: 'MklNameChangeOp' },
      is_filter_const: { kind: 'bool', value: rest.inputs[1]?.node.constant !== undefined },
    },
  };
}

function inBfloat16(node: GraphNode): GraphNode {
  const places = NUMBERS[node.op]!(node.inputs.length);
  const T = { kind: 'type', value: DataType.bfloat16 } as const;
  const args = node.attributes.TArgs;
  const inputs = node.inputs.map((input, place) => (places.includes(place) ? narrowed(input) : input));
  return withKernel({
    ...node,
    attributes: {
      ...node.attributes,
      T,
      ...(args?.kind === 'types'
        ? { TArgs: { kind: 'types', value: args.value.map(() => DataType.bfloat16) } as const }
        : {}),
    },
    inputs,
  });
}

/** The same op in float32 on numbers rounded to bfloat16. */
function rounded(node: GraphNode): GraphNode {
  const places = NUMBERS[node.op]!(node.inputs.length);
  const inputs = node.inputs.map((input, place) =>
    places.includes(place) ? widened(narrowed(input)) : input,
  );
  return { ...node, inputs };
}

/**
 * Computes convolutions and what stands between them in bfloat16; all else, the reductions of taps among it, stays
 * float32.
 *
 * @param compute - `emulated-bfloat16` computes in float32 and rounds every input and output instead.
 */
export function toBfloat16(graph: Graph, compute: 'bfloat16' | 'emulated-bfloat16'): Graph {
  return rewriteGraph(graph, (node) => {
    if (NUMBERS[node.op] === undefined) return undefined;
    if (compute === 'emulated-bfloat16')
      return [widened(cast(outputOf(rounded(node)), DataType.float32, DataType.bfloat16))];
    return [widened(outputOf(inBfloat16(node)))];
  });
}
