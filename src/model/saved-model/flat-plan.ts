import { type GraphCandidate, type GraphNode, graphCandidates, orderedNodes } from '../graph-plan.js';
import type { TapKind } from '../model.js';
import type { FlatGraph, FlatNode } from './flat-graph.js';
import { tapNames } from './tap-names.js';

/** A flat node as graphs are planned with: its inputs are nodes. */
export interface PlannedNode extends GraphNode {
  readonly flat: FlatNode;
}

/** A node whose activation can be tapped, under a name that a person can use. */
export interface FlatCandidate {
  readonly node: PlannedNode;
  readonly name: string;
  readonly kind: TapKind;
}

/** A graph in the order in which it can be run. */
export interface FlatPlan {
  /** Every node after its inputs. */
  readonly nodes: readonly PlannedNode[];
  readonly image: PlannedNode;
  readonly candidates: readonly FlatCandidate[];
}

/** The planned nodes of flat ones, which must all be reachable from `ends`. */
function planned(ends: readonly FlatNode[]): Map<FlatNode, PlannedNode> {
  const made = new Map<FlatNode, PlannedNode & { readonly inputs: GraphNode[] }>();
  const open: FlatNode[] = [];
  const enter = (flat: FlatNode) => {
    if (made.has(flat)) return;
    made.set(flat, { flat, name: flat.name, op: flat.op, category: 'tensorflow', inputs: [] });
    open.push(flat);
  };
  for (const end of ends) enter(end);
  for (let flat = open.pop(); flat !== undefined; flat = open.pop())
    for (const { node } of flat.inputs) enter(node);
  for (const [flat, { inputs }] of made) inputs.push(...flat.inputs.map(({ node }) => made.get(node)!));
  return made;
}

/** tf.nn.batch_normalization, as Keras 3 writes it: x * scale + (offset - mean * scale), the last op of its scope. */
const BATCH_NORM_END = /(^|\/)batchnorm\/add_1$/;

/** x * sigmoid(b x), which Keras calls silu and swish: its gate is made of what it opens for. */
function isSwish({ op, inputs: [a, b] }: GraphNode): boolean {
  if (op !== 'Mul' || a === undefined || b === undefined) return false;
  const opens = (gate: GraphNode, gated: GraphNode) => {
    const [inner] = gate.inputs;
    return (
      gate.op === 'Sigmoid' && (inner === gated || (inner?.op === 'Mul' && inner.inputs.includes(gated)))
    );
  };
  return opens(a, b) || opens(b, a);
}

function kindOf({ node, kind }: GraphCandidate): TapKind {
  if (BATCH_NORM_END.test(node.name)) return 'normalisation';
  return isSwish(node) ? 'activation' : kind;
}

/** Orders a graph and finds what of it can be tapped, beside the input, which has a name of its own. */
export function flatPlan({ image, outputs }: FlatGraph, inputName: string): FlatPlan {
  const ends = [...outputs.values()].map(({ node }) => node);
  const made = planned([...ends, image]);
  const nodes = orderedNodes([image, ...ends].map((end) => made.get(end)!)) as PlannedNode[];
  const entry = made.get(image)!;
  const found = graphCandidates(nodes, entry);
  const names = tapNames(
    found.map(({ node }) => node.name),
    inputName,
  );
  const candidates = found.map((candidate, at) => ({
    node: candidate.node as PlannedNode,
    name: names[at]!,
    kind: kindOf(candidate),
  }));
  return { nodes, image: entry, candidates };
}
