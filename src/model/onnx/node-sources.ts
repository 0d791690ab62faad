import type { OtherSource } from '../other-sources.js';
import { floatAttribute } from './constants.js';
import type { OnnxGraph, OnnxNode } from './graph.js';
import { type KnownZeros, knownZeros, tensorsInside } from './known-zeros.js';
import { ATTRIBUTE, bytesIn, GRAPH, NODE, textsIn } from './messages.js';

/** FunctionProto's fields. */
const FUNCTION = { name: 1, input: 4, node: 7, domain: 10 } as const;

const RANDOM = /^(Random(Uniform|Normal)(Like)?|Bernoulli|Multinomial|Sampling)$/;

/** Ops that find the scale of their input while they run. */
const SCALED = /^(DynamicQuantize(Linear|MatMul|LSTM)|DynamicQuantizedMatMul|MatMulNBitsDynamic)$/;

/** A node of the graph, of a graph inside it, or of a function. */
interface InnerNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly raw: Uint8Array;
}

/** Nodes and which of their constants are zero. */
interface Body {
  readonly nodes: readonly InnerNode[];
  readonly zeros: KnownZeros;
}

function innerNode(raw: Uint8Array): InnerNode {
  const [op = '', domain = ''] = [textsIn(raw, NODE.op)[0], textsIn(raw, NODE.domain)[0]];
  return { op, domain, inputs: textsIn(raw, NODE.input), outputs: textsIn(raw, NODE.output), raw };
}

/** The graphs inside a node, which see what is around it. */
function graphsInside(raw: Uint8Array, around: KnownZeros): Body[] {
  const graphs = bytesIn(raw, NODE.attribute).flatMap((attribute) => [
    ...bytesIn(attribute, ATTRIBUTE.graph),
    ...bytesIn(attribute, ATTRIBUTE.graphs),
  ]);
  return graphs.map((graph) => {
    const nodes = bytesIn(graph, GRAPH.node).map(innerNode);
    return { nodes, zeros: knownZeros(nodes, tensorsInside(graph), around) };
  });
}

function key(domain: string, op: string): string {
  return `${domain === 'ai.onnx' ? '' : domain}\n${op}`;
}

/** A model's own functions, by domain and name. */
function functionsOf({ functions }: OnnxGraph): ReadonlyMap<string, OwnFunction> {
  const found = functions.map((proto) => {
    const [name = '', domain = ''] = [textsIn(proto, FUNCTION.name)[0], textsIn(proto, FUNCTION.domain)[0]];
    const nodes = bytesIn(proto, FUNCTION.node).map(innerNode);
    return [key(domain, name), { inputs: textsIn(proto, FUNCTION.input), nodes }] as const;
  });
  return new Map(found);
}

interface OwnFunction {
  readonly inputs: readonly string[];
  readonly nodes: readonly InnerNode[];
}

/** The body of a function as a node calls it: of what is around the node it sees its inputs only. */
function bodyOf({ inputs, nodes }: OwnFunction, call: InnerNode, around: KnownZeros): Body {
  const given = inputs.flatMap((name, at) => {
    const isZero = around.get(call.inputs[at] ?? '');
    return isZero === undefined ? [] : [[name, isZero] as const];
  });
  return { nodes, zeros: knownZeros(nodes, [], new Map(given)) };
}

/** Where a node is: how it is named, what is known there, and the functions whose bodies are around it. */
interface Around {
  readonly place: string;
  readonly zeros: KnownZeros;
  readonly calls: ReadonlySet<string>;
}

/** Finds what a node brings into its network besides the image. */
export class NodeSources {
  readonly #functions: ReadonlyMap<string, OwnFunction>;
  readonly #zeros: KnownZeros;

  constructor(graph: OnnxGraph) {
    this.#functions = functionsOf(graph);
    const tensors = graph.initializers.map(({ name, raw }) => [name, raw] as const);
    this.#zeros = knownZeros(graph.nodes, tensors);
  }

  /** What a node, or anything inside it, depends on besides what it reads. */
  of(node: OnnxNode): OtherSource | undefined {
    const place = `${node.op} at ${node.name === '' ? node.outputs[0] : node.name}`;
    return this.#of(node, { place, zeros: this.#zeros, calls: new Set() });
  }

  #of(node: InnerNode, { place, zeros, calls }: Around): OtherSource | undefined {
    if (this.#isRandom(node, zeros)) return { kind: 'random', place };
    const called = key(node.domain, node.op);
    // A function that called itself would have no end.
    const own = calls.has(called) ? undefined : this.#functions.get(called);
    const bodies = [
      ...graphsInside(node.raw, zeros),
      ...(own === undefined ? [] : [bodyOf(own, node, zeros)]),
    ];
    const within = new Set([...calls, called]);
    const found = bodies.flatMap((body) =>
      body.nodes.flatMap(
        (each) => this.#of(each, { place: `${each.op} in ${place}`, zeros: body.zeros, calls: within }) ?? [],
      ),
    );
    const isScaled = SCALED.test(node.op) && own === undefined;
    return found.find(({ kind }) => kind === 'random') ?? (isScaled ? { kind: 'scale', place } : found[0]);
  }

  #isRandom({ op, domain, inputs, raw }: InnerNode, zeros: KnownZeros): boolean {
    if (this.#functions.has(key(domain, op))) return false;
    if (RANDOM.test(op)) return true;
    // Dropout(data, ratio, training_mode): inactive unless it is told to train.
    const [, ratio = '', training = ''] = inputs;
    const isDropout = op === 'Dropout' || op === 'BitmaskDropout';
    if (!isDropout || training === '' || zeros.get(training) === true) return false;
    return zeros.get(ratio) !== true && floatAttribute({ raw }, 'ratio') !== 0;
  }
}
