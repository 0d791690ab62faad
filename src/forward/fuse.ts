// One kernel for a convolution, its bias, the addition of a shortcut and the activation behind it, by the names that
// TensorFlow's own optimiser uses: _FusedConv2D(x, W, b, shortcut) with fused_ops = [BiasAdd, Add, Relu].
//
// A feature's last bits must not depend on which other taps are asked for. Adding a bias or a shortcut inside a kernel
// may round otherwise than outside it, so these are always fused, and what is tapped in between is computed once more. An
// activation rounds nothing, so it is fused only where nothing else needs what is before it.
import type { Kernels } from '../backend/backend.js';
import { DataType } from '../backend/data-type.js';
import {
  depthCounter,
  type Graph,
  type GraphNode,
  type Output,
  outputOf,
  rewriteGraph,
  shapeOf,
} from './graph.js';

/** The kernels that take things in: oneDNN's also take depthwise convolutions and shortcuts. */
type FusingKernels = Exclude<Kernels, 'gpu'>;

const CONVOLUTIONS: Readonly<Record<FusingKernels, readonly string[]>> = {
  onednn: ['Conv2D', 'DepthwiseConv2dNative'],
  eigen: ['Conv2D'],
};
const ACTIVATIONS = ['Relu', 'Relu6'];

function fusedOps({ attributes }: GraphNode): readonly string[] | undefined {
  return attributes.fused_ops?.kind === 'strings' ? attributes.fused_ops.value : undefined;
}

/** A fused node with further inputs and one more op. */
function withOp(node: GraphNode, op: string, extra: readonly Output[]): GraphNode {
  const ops = [...(fusedOps(node) ?? []), op];
  const inputs = [...node.inputs, ...extra];
  const args = inputs.slice(2).map(() => DataType.float32);
  return {
    ...node,
    attributes: {
      ...node.attributes,
      num_args: { kind: 'int', value: args.length },
      ...(node.op === '_FusedConv2D' ? { TArgs: { kind: 'types', value: args } as const } : {}),
      fused_ops: { kind: 'strings', value: ops },
    },
    inputs,
  };
}

function withBias({ op, inputs }: GraphNode, kernels: FusingKernels): GraphNode | undefined {
  const [input, bias] = inputs;
  if (op !== 'BiasAdd' || input === undefined || bias === undefined) return undefined;
  if (!CONVOLUTIONS[kernels].includes(input.node.op)) return undefined;
  // A network may be of another type, and the kernels that take things in are not.
  if (input.node.attributes.T?.value !== DataType.float32) return undefined;
  const { use_cudnn_on_gpu: _, ...attributes } = input.node.attributes;
  return withOp({ ...input.node, op: `_Fused${input.node.op}`, attributes }, 'BiasAdd', [bias]);
}

function takesShortcut({ node }: Output): boolean {
  const ops = fusedOps(node);
  return node.op === '_FusedConv2D' && ops?.length === 1;
}

function sameShape(a: Output, b: Output): boolean {
  return shapeOf(a).join() === shapeOf(b).join();
}

function isSum({ op, inputs: [a, b] }: GraphNode): boolean {
  return (op === 'Add' || op === 'AddV2') && a !== undefined && b !== undefined && sameShape(a, b);
}

/** The deeper operand of a sum takes in the other one; the first of equally deep ones. */
function withShortcut(node: GraphNode, depthOf: (node: GraphNode) => number): GraphNode | undefined {
  if (!isSum(node)) return undefined;
  const [a, b] = node.inputs as readonly [Output, Output];
  const [deep, other] = depthOf(b.node) > depthOf(a.node) ? [b, a] : [a, b];
  return takesShortcut(deep) ? withOp(deep.node, 'Add', [other]) : undefined;
}

function withActivation(node: GraphNode, uses: (place: number) => number): GraphNode | undefined {
  const before = node.inputs[0]?.node;
  if (!ACTIVATIONS.includes(node.op) || before === undefined || uses(0) > 1) return undefined;
  const ops = fusedOps(before);
  return ops === undefined || ACTIVATIONS.includes(ops.at(-1)!) ? undefined : withOp(before, node.op, []);
}

/** Fuses biases, shortcuts and activations into the convolutions before them. */
export function fuse(graph: Graph, kernels: FusingKernels): Graph {
  const biased = rewriteGraph(graph, (node) => {
    const made = withBias(node, kernels);
    return made === undefined ? undefined : [outputOf(made)];
  });
  const depthOf = depthCounter();
  return rewriteGraph(biased, (node, uses) => {
    depthOf(node);
    const sum = kernels === 'onednn' ? withShortcut(node, depthOf) : undefined;
    const made = sum ?? withActivation(node, uses);
    return made === undefined ? undefined : [outputOf(made)];
  });
}
