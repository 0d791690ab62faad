import type { Attribute, Constant } from '../../backend/graph-messages.js';
import { attributeOf, constantOf } from './attributes.js';
import type { MetaGraph, SavedNode } from './meta-graph.js';
import { Scope, type Source } from './scope.js';
import { checkpointPlaces, type SavedVariable } from './variables.js';

/** A node of a graph in which every call is inlined. */
export interface FlatNode {
  /** The names of the calls and the node's own: `StatefulPartitionedCall/functional/conv/convolution`. */
  readonly name: string;
  readonly op: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly inputs: readonly FlatOutput[];
  /** How many outputs it has. */
  readonly outputs: number;
  /** Set on a Const. */
  readonly constant?: Constant;
  /** Set on a Const that is the value of a variable. */
  readonly variable?: SavedVariable;
}

/** One output of a node. */
export interface FlatOutput {
  readonly node: FlatNode;
  readonly index: number;
}

const VARIABLES = new Set(['Variable', 'VariableV2']);

/** The node of a variable that a node gives the value of. */
function variableOf({ scope, node }: Source): SavedNode | undefined {
  if (VARIABLES.has(node.op)) return node;
  if (node.op !== 'ReadVariableOp') return undefined;
  const [handle] = scope.sourcesOf(node);
  return handle?.node.op === 'VarHandleOp' ? handle.node : undefined;
}

/** Attributes with the defaults of those left out; what begins with `_` is a note of whoever made the graph. */
function attributesOf(node: SavedNode, { ops }: MetaGraph): Record<string, Attribute> {
  const all = new Map([...(ops.get(node.op)?.defaults ?? []), ...node.attributes]);
  const known = [...all].flatMap(([name, message]) => {
    const attribute = name.startsWith('_') ? undefined : attributeOf(message);
    return attribute === undefined ? [] : [[name, attribute] as const];
  });
  return Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Makes the nodes that some tensors need, each once. */
class Flattener {
  readonly #meta: MetaGraph;
  readonly #graph: Scope;
  readonly #variable: (node: SavedNode) => SavedVariable;
  readonly #made = new Map<Scope, Map<SavedNode, FlatNode>>();
  /** Nodes whose inputs have not been looked for. */
  readonly #open: { readonly source: Source; readonly inputs: FlatOutput[] }[] = [];

  constructor(meta: MetaGraph) {
    this.#meta = meta;
    this.#graph = new Scope(meta);
    this.#variable = checkpointPlaces(this.#graph, meta.restoreOp);
  }

  output(tensor: string): FlatOutput {
    const output = this.#output(this.#graph.source(tensor));
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      const { source, inputs } = next;
      inputs.push(...source.scope.sourcesOf(source.node).map((input) => this.#output(input)));
    }
    return output;
  }

  #output(source: Source): FlatOutput {
    const variable = variableOf(source);
    // However often a variable is read, it is one constant.
    const [scope, key] = variable === undefined ? [source.scope, source.node] : [this.#graph, variable];
    const inScope = this.#made.get(scope) ?? new Map<SavedNode, FlatNode>();
    this.#made.set(scope, inScope);
    const node = inScope.get(key) ?? (variable === undefined ? this.#make(source) : this.#constant(variable));
    inScope.set(key, node);
    return { node, index: source.index };
  }

  #constant(variable: SavedNode): FlatNode {
    const saved = this.#variable(variable);
    return { name: saved.name, op: 'Const', attributes: {}, inputs: [], outputs: 1, variable: saved };
  }

  #make(source: Source): FlatNode {
    const { scope, node } = source;
    const name = scope.prefix + node.name;
    const attributes = attributesOf(node, this.#meta);
    if (node.op === 'Const') {
      const constant = constantOf(node.attributes.get('value')!.message(8));
      return { name, op: 'Const', attributes, inputs: [], outputs: 1, constant };
    }
    const inputs: FlatOutput[] = [];
    this.#open.push({ source, inputs });
    return { name, op: node.op, attributes, inputs, outputs: scope.outputsOf(node) };
  }
}

/** A signature's outputs in a graph without calls. */
export interface FlatGraph {
  /** The node that the image enters by. */
  readonly image: FlatNode;
  /** By the signature's names. */
  readonly outputs: ReadonlyMap<string, FlatOutput>;
}

/**
 * Inlines what a signature calls, down to the ops, and leaves out what its outputs do not need.
 *
 * @param image - the tensor of the signature's input.
 * @throws UserError where the graph does not hold what it names.
 */
export function flatten(
  meta: MetaGraph,
  image: string,
  outputs: ReadonlyMap<string, { readonly tensor: string }>,
): FlatGraph {
  const flattener = new Flattener(meta);
  return {
    image: flattener.output(image).node,
    outputs: new Map([...outputs].map(([name, { tensor }]) => [name, flattener.output(tensor)])),
  };
}
