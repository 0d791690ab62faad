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

/** How a value lies whose axes a tap moves: channels after the batch, which a tap has last; or as the tap has it. */
export type Layout = 'channels first' | 'channels last';

/** A value that depends on the image. */
export interface Dependent {
  readonly name: string;
  readonly node: OnnxNode;
  readonly kind: TapKind;
  /** False for what only passes another value on. */
  readonly computes: boolean;
}

/** All that a node reads. */
export function readBy({ inputs, captured }: OnnxNode): readonly string[] {
  return [...inputs.filter((name) => name !== ''), ...captured];
}

/** What the kind of a node's output is: two values are needed to merge, and an activation written out is one. */
function kindOf(op: string, sources: number, roots: ReadonlySet<string>): TapKind {
  const [found] = Object.entries(KINDS).find(([, patterns]) => patterns.some((one) => one.test(op))) ?? [];
  if (found !== 'merge') return (found ?? 'other') as TapKind;
  if (sources < 2) return 'other';
  return roots.size === 1 && ELEMENTWISE.test(op) ? 'activation' : 'merge';
}

/** The values that depend on the image, in the graph's order, first outputs and others. */
export function dependents({ nodes }: OnnxGraph, image: string): Dependent[] {
  // The value that another one is a function of number by number: x for x * sigmoid(x).
  const roots = new Map<string, string>([[image, image]]);
  const found: Dependent[] = [];
  for (const node of nodes) {
    const sources = readBy(node).filter((name) => roots.has(name));
    if (sources.length === 0 || /^(Shape|Size)$/.test(node.op)) continue;
    const from = new Set(sources.map((name) => roots.get(name)!));
    const kind = kindOf(node.op, sources.length, from);
    const computes = !PASSED.test(node.op);
    const same = !computes || (from.size === 1 && ELEMENTWISE.test(node.op));
    for (const name of node.outputs.filter((one) => one !== '')) {
      roots.set(name, same ? [...from][0]! : name);
      found.push({ name, node, kind, computes });
    }
  }
  return found;
}
