import { UserError } from '../../errors.js';
import { attributeOf, functionNamed } from './attributes.js';
import { branchTaken, isBranch } from './branch.js';
import type { MetaGraph, SavedFunction, SavedNode } from './meta-graph.js';

/** Functions that call functions, so deep at most. */
const MOST_DEPTH = 64;

/** No input passes through more nodes than this on its way: a graph where it does goes round in a circle. */
const MOST_STEPS = 100_000;

const CALLS = new Set(['PartitionedCall', 'StatefulPartitionedCall']);

/** Ops whose outputs are their inputs, when a network only predicts. */
const PASSES = new Set([
  'Identity',
  'IdentityN',
  'StopGradient',
  'PreventGradient',
  'Snapshot',
  'EnsureShape',
  'PlaceholderWithDefault',
]);

/** The call that a function's body is the inside of. */
interface Call {
  readonly scope: Scope;
  readonly node: SavedNode;
  readonly called: SavedFunction;
  /** How many of the node's inputs are not the function's: 1 where the first chooses the function. */
  readonly before: 0 | 1;
}

/** Where a tensor comes from: an output of a node that computes, by its place among the node's outputs. */
export interface Source {
  readonly scope: Scope;
  readonly node: SavedNode;
  readonly index: number;
}

function dataInputs({ inputs }: SavedNode): readonly string[] {
  return inputs.filter((input) => !input.startsWith('^'));
}

/** The graph, or the inside of one call of a function. Every call has an inside of its own, which inlines it. */
export class Scope {
  /** What stands before the names of its nodes: '' in the graph, `call/` inside a call. */
  readonly prefix: string;
  readonly nodes: ReadonlyMap<string, SavedNode>;
  readonly #meta: MetaGraph;
  readonly #call: Call | undefined;
  readonly #depth: number;
  readonly #insides = new Map<SavedNode, Scope>();
  /** Branches whose first input is being looked for. */
  readonly #deciding = new Set<SavedNode>();

  constructor(meta: MetaGraph, call?: Call) {
    this.#meta = meta;
    this.#call = call;
    this.#depth = call === undefined ? 0 : call.scope.#depth + 1;
    this.prefix = call === undefined ? '' : `${call.scope.prefix}${call.node.name}/`;
    this.nodes = new Map((call?.called ?? meta).nodes.map((node) => [node.name, node]));
    if (this.#depth > MOST_DEPTH)
      throw new UserError(`model calls functions more than ${MOST_DEPTH} deep: ${this.prefix}`);
  }

  /** The sources of a node's inputs. */
  sourcesOf(node: SavedNode): Source[] {
    return dataInputs(node).map((input) => this.source(input));
  }

  /** The inside of a node that calls a function, or takes a branch that is certain; undefined for any other node. */
  inside(node: SavedNode): Scope | undefined {
    const made = this.#insides.get(node);
    if (made !== undefined) return made;
    const called = this.#calledBy(node);
    if (called === undefined) return undefined;
    const before = isBranch(node) ? 1 : 0;
    const inside = new Scope(this.#meta, { scope: this, node, called, before });
    this.#insides.set(node, inside);
    return inside;
  }

  /** How many outputs a node has. */
  outputsOf(node: SavedNode): number {
    return this.#argumentSizes(node).reduce((sum, { size }) => sum + size, 0);
  }

  /** Follows an input, through calls and what only passes it on, to where it comes from. */
  source(input: string): Source {
    let [scope, text]: [Scope, string] = [this, input];
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const found = scope.#step(text);
      if ('node' in found) return found;
      [scope, text] = [found.scope, found.input];
    }
    throw new UserError(`model is damaged: its graph goes round in a circle at ${this.prefix}${input}`);
  }

  /** One step towards a source. */
  #step(input: string): Source | { readonly scope: Scope; readonly input: string } {
    const [name = '', ...output] = input.split(':');
    const node = this.nodes.get(name);
    if (node === undefined) return this.#outside(name);
    const index = this.#outputIndex(node, output);
    const inside = this.inside(node);
    if (inside !== undefined) return { scope: inside, input: inside.#call?.called.results[index] ?? '' };
    if (!PASSES.has(node.op)) return { scope: this, node, index };
    return { scope: this, input: dataInputs(node)[index] ?? '' };
  }

  /** What the caller gives for an argument. */
  #outside(name: string): { readonly scope: Scope; readonly input: string } {
    const place = this.#call?.called.arguments.indexOf(name) ?? -1;
    const input =
      this.#call === undefined || place < 0
        ? undefined
        : dataInputs(this.#call.node)[place + this.#call.before];
    if (this.#call === undefined || input === undefined)
      throw new UserError(`model is damaged: it has no node ${this.prefix}${name}`);
    return { scope: this.#call.scope, input };
  }

  #calledBy(node: SavedNode): SavedFunction | undefined {
    const taken = isBranch(node) ? this.#taken(node) : undefined;
    const name = CALLS.has(node.op) ? functionNamed(node.attributes.get('f')) : taken;
    const called = this.#meta.functions.get(name ?? node.op);
    if (called === undefined && name !== undefined)
      throw new UserError(`model is damaged: it has no function ${name}`);
    return called;
  }

  /** The function of the branch that a node takes for every image; undefined where there is none. */
  #taken(node: SavedNode): string | undefined {
    const [first] = dataInputs(node);
    if (first === undefined || this.#deciding.has(node))
      throw new UserError(
        `model is damaged: ${node.op} at ${this.prefix}${node.name} has nothing to decide by`,
      );
    this.#deciding.add(node);
    try {
      return branchTaken(node, this.source(first).node);
    } finally {
      this.#deciding.delete(node);
    }
  }

  /** `2` in the graph, `['output', '2']` in a function, as a place among all outputs of a node. */
  #outputIndex(node: SavedNode, output: readonly string[]): number {
    if (output.length < 2) return Number(output[0] ?? 0);
    const [name, at] = output;
    let before = 0;
    for (const argument of this.#argumentSizes(node)) {
      if (argument.name === name) return before + Number(at);
      before += argument.size;
    }
    return Number(at);
  }

  #argumentSizes(node: SavedNode): { readonly name: string; readonly size: number }[] {
    const outputs = this.#meta.ops.get(node.op)?.outputs ?? [{ name: '', countedBy: '', listedBy: '' }];
    return outputs.map(({ name, countedBy, listedBy }) => ({
      name,
      size: sizeIn(node, countedBy === '' ? listedBy : countedBy),
    }));
  }
}

/** How many tensors an attribute counts or lists; one where there is no such attribute. */
function sizeIn({ attributes }: SavedNode, name: string): number {
  const message = attributes.get(name);
  const attribute = message === undefined ? undefined : attributeOf(message);
  if (attribute?.kind === 'int') return attribute.value;
  return attribute?.kind === 'types' || attribute?.kind === 'ints' ? attribute.value.length : 1;
}
