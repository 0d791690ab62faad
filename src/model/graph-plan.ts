import type { TapKind } from './model.js';
import { kindOf } from './tap-kinds.js';

/** A node of a graph model, as tfjs parses it: what is read of it here. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Undefined for an op that tfjs does not know. */
  readonly category?: string;
  readonly inputs: readonly GraphNode[];
  /** The names of the inputs, `split:1` for the second output of a node. */
  readonly inputNames?: readonly string[];
  /** Its attributes, as the model file has them. */
  readonly rawAttrs?: Readonly<Record<string, RawAttribute>>;
}

/** An attribute as the JSON of a graph model has it: `s` is base64, and a whole number may be a text. */
export interface RawAttribute {
  readonly s?: string | readonly number[] | null;
  readonly i?: string | number | null;
  readonly b?: boolean | null;
  readonly list?: { readonly i?: readonly (string | number)[] | null } | null;
}

/** Ops that only say how large something is, pass a value on, or cut it up. */
const NO_TAPS = new Set([
  'Const',
  'Placeholder',
  'PlaceholderWithDefault',
  'Identity',
  'IdentityN',
  'StopGradient',
  'Snapshot',
  'NoOp',
  'Shape',
  'ShapeN',
  'Size',
  'Rank',
  'Pack',
  'Split',
  'SplitV',
  'Unpack',
  'StridedSlice',
  'Slice',
  'Fill',
  'Range',
  'Cast',
]);

const CONTROL_FLOW = new Set([
  'Switch',
  'Merge',
  'Enter',
  'Exit',
  'NextIteration',
  'LoopCond',
  'If',
  'StatelessIf',
  'Case',
  'StatelessCase',
  'While',
  'StatelessWhile',
]);

/** Ops whose output has a length that depends on the values, and look-up tables: tfjs runs them only one by one. */
const DYNAMIC = /^(NonMaxSuppression|Where$|Unique|HashTable|LookupTable|TensorList|TensorArray)/;

/** The nodes that the outputs need, every node after its inputs (but for the loops of control flow, where it cannot be). */
export function orderedNodes(outputs: readonly GraphNode[]): GraphNode[] {
  const seen = new Set<GraphNode>();
  const ordered: GraphNode[] = [];
  for (const output of outputs) {
    const path: { node: GraphNode; next: number }[] = [];
    const enter = (node: GraphNode) => {
      if (seen.has(node)) return;
      seen.add(node);
      path.push({ node, next: 0 });
    };
    enter(output);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const input = top.node.inputs[top.next++];
      if (input !== undefined) enter(input);
      else ordered.push(path.pop()!.node);
    }
  }
  return ordered;
}

/** Why a graph cannot be run, or undefined where it can. */
export function graphProblem(nodes: readonly GraphNode[]): string | undefined {
  const control = nodes.find(({ op }) => CONTROL_FLOW.has(op));
  if (control !== undefined) return `model has control flow: ${control.op} at ${control.name}`;
  const dynamic = nodes.find(({ op }) => DYNAMIC.test(op));
  if (dynamic !== undefined) return `model has an op of dynamic shape: ${dynamic.op} at ${dynamic.name}`;
  const unknown = nodes.find(({ category }) => category === undefined);
  if (unknown !== undefined)
    return `model has an op that tfjs does not know: ${unknown.op} at ${unknown.name}`;
  return undefined;
}

/** A node whose activation can be tapped. */
export interface GraphCandidate {
  readonly node: GraphNode;
  readonly kind: TapKind;
}

/** Two activations are needed to merge: adding or scaling by a constant is a bias or a folded normalisation. */
function kindOfNode({ op }: GraphNode, fromImage: number): TapKind {
  const kind = kindOf(op);
  return kind === 'merge' && fromImage < 2 ? 'other' : kind;
}

/** Which of the ordered nodes compute something from the image. What depends on its shape alone does not. */
export function graphCandidates(nodes: readonly GraphNode[], image: GraphNode): GraphCandidate[] {
  const fromImage = new Set([image]);
  const candidates: GraphCandidate[] = [];
  for (const node of nodes) {
    const sources = node.inputs.filter((input) => fromImage.has(input)).length;
    if (sources === 0 || /^(Shape|ShapeN|Size|Rank)$/.test(node.op)) continue;
    fromImage.add(node);
    if (!NO_TAPS.has(node.op)) candidates.push({ node, kind: kindOfNode(node, sources) });
  }
  return candidates;
}

/** A tap's place in the graph. */
export interface GraphPlace {
  readonly depth: number;
  readonly inputs: readonly string[];
}

/** Depth (the longest way from the image, in taps) and the nearest taps above of each tapped node. */
export function graphPlaces(
  nodes: readonly GraphNode[],
  tapped: ReadonlySet<GraphNode>,
): Map<GraphNode, GraphPlace> {
  const places = new Map<GraphNode, GraphPlace>();
  const above = new Map<GraphNode, ReadonlySet<GraphNode>>();
  for (const node of nodes) {
    const sources = new Set(
      node.inputs.flatMap((input) => [...(tapped.has(input) ? [input] : (above.get(input) ?? []))]),
    );
    above.set(node, sources);
    if (!tapped.has(node)) continue;
    const depths = [...sources].map((source) => places.get(source)!.depth + 1);
    places.set(node, { depth: Math.max(0, ...depths), inputs: [...sources].map(({ name }) => name) });
  }
  return places;
}
