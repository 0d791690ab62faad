import type { TapKind } from '../model.js';
import type { OnnxGraph, OnnxNode } from './graph.js';

/** Kinds of ONNX ops; all else is `other`. */
const KINDS: Readonly<Record<Exclude<TapKind, 'other' | 'input'>, readonly RegExp[]>> = {
  convolution: [/Conv/],
  normalisation: [/Normalization$/, /^LRN$/],
  activation: [
    /^(Relu|LeakyRelu|PRelu|ThresholdedRelu|Elu|Selu|Celu|Gelu|FastGelu|QuickGelu|Mish|Swish|Clip)$/,
    /^(Sigmoid|HardSigmoid|HardSwish|Tanh|Softplus|Softsign|Softmax|LogSoftmax|Hardmax)$/,
  ],
  pooling: [/Pool$/, /^Reduce(Mean|Max)$/],
  merge: [/^(Add|Sum|Sub|Mul|Div|Mean|Max|Min|Concat)$/],
  dense: [/^(Gemm|MatMul|FusedMatMul|Einsum)$/],
};

/** Ops that work on each number by itself. */
const ELEMENTWISE =
  /^(Relu|LeakyRelu|PRelu|Elu|Selu|Celu|Gelu|Mish|Swish|Clip|Sigmoid|HardSigmoid|HardSwish|Tanh|Softplus|Softsign|Erf|Exp|Log|Sqrt|Pow|Neg|Abs|Add|Sub|Mul|Div|Min|Max|Sum)$/;

/** Ops that only pass a value on, or say how large it is. */
const PASSED = /^(Identity|Dropout|Shape|Size|Cast|CastLike|Constant|ConstantOfShape)$/;

/** The axis of a map's channels: after the batch, or last. */
export type Layout = 'channels first' | 'channels last';

/** A value that depends on the image. */
export interface Dependent {
  readonly name: string;
  readonly node: OnnxNode;
  readonly kind: TapKind;
  /** False for what only passes another value on. */
  readonly computes: boolean;
  readonly layout: Layout;
}

/** All that a node reads. */
export function readBy({ inputs, captured }: OnnxNode): readonly string[] {
  return [...inputs.filter((name) => name !== ''), ...captured];
}

function isPermutation(perm: readonly number[] | undefined, wanted: readonly number[]): boolean {
  return perm?.length === wanted.length && wanted.every((axis, at) => perm[at] === axis);
}

/** Convolutions and pools of ONNX have their channels after the batch; what has no such op before it, where the image has. */
function layoutOf({ op, ints }: OnnxNode, before: Layout): Layout {
  if (/Conv|Pool|^BatchNormalization$|^InstanceNormalization$|^GroupNormalization$|^LRN$/.test(op))
    return 'channels first';
  if (/^(LayerNormalization|MatMul|Gemm|Attention)$/.test(op)) return 'channels last';
  if (op !== 'Transpose') return before;
  const perm = ints.get('perm');
  if (isPermutation(perm, [0, 2, 3, 1]) || isPermutation(perm, [0, 2, 1])) return 'channels last';
  return isPermutation(perm, [0, 3, 1, 2]) ? 'channels first' : before;
}

/** What the kind of a node's output is: two values are needed to merge, and an activation written out is one. */
function kindOf(op: string, sources: number, roots: ReadonlySet<string>): TapKind {
  const [found] = Object.entries(KINDS).find(([, patterns]) => patterns.some((one) => one.test(op))) ?? [];
  if (found !== 'merge') return (found ?? 'other') as TapKind;
  if (sources < 2) return 'other';
  return roots.size === 1 && ELEMENTWISE.test(op) ? 'activation' : 'merge';
}

/** The values that depend on the image, in the graph's order, first outputs and others. */
export function dependents({ nodes }: OnnxGraph, image: string, imageLayout: Layout): Dependent[] {
  const layouts = new Map<string, Layout>([[image, imageLayout]]);
  // The value that another one is a function of number by number: x for x * sigmoid(x).
  const roots = new Map<string, string>([[image, image]]);
  const found: Dependent[] = [];
  for (const node of nodes) {
    const sources = readBy(node).filter((name) => layouts.has(name));
    if (sources.length === 0 || /^(Shape|Size)$/.test(node.op)) continue;
    const from = new Set(sources.map((name) => roots.get(name)!));
    const layout = layoutOf(node, layouts.get(sources[0]!)!);
    const kind = kindOf(node.op, sources.length, from);
    const computes = !PASSED.test(node.op);
    const same = !computes || (from.size === 1 && ELEMENTWISE.test(node.op));
    for (const name of node.outputs.filter((one) => one !== '')) {
      layouts.set(name, layout);
      roots.set(name, same ? [...from][0]! : name);
      found.push({ name, node, kind, computes, layout });
    }
  }
  return found;
}
