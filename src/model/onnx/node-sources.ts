import type { OtherSource } from '../other-sources.js';
import { boolConstants, floatAttribute } from './constants.js';
import type { OnnxGraph, OnnxNode } from './graph.js';
import { ATTRIBUTE, bytesIn, GRAPH, NODE, textsIn } from './messages.js';

/** FunctionProto's fields. */
const FUNCTION = { name: 1, node: 7, domain: 10 } as const;

const RANDOM = /^(Random(Uniform|Normal)(Like)?|Bernoulli|Multinomial|Sampling)$/;

/** Ops that find the scale of their input while they run. */
const SCALED = /^(DynamicQuantize(Linear|MatMul|LSTM)|DynamicQuantizedMatMul|MatMulNBitsDynamic)$/;

/** A node of the graph, of a graph inside it, or of a function. */
interface InnerNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly raw: Uint8Array;
}

function innerNode(raw: Uint8Array): InnerNode {
  const [op = '', domain = ''] = [textsIn(raw, NODE.op)[0], textsIn(raw, NODE.domain)[0]];
  return { op, domain, inputs: textsIn(raw, NODE.input), raw };
}

function nodesInside(raw: Uint8Array): InnerNode[] {
  const graphs = bytesIn(raw, NODE.attribute).flatMap((attribute) => [
    ...bytesIn(attribute, ATTRIBUTE.graph),
    ...bytesIn(attribute, ATTRIBUTE.graphs),
  ]);
  return graphs.flatMap((graph) => bytesIn(graph, GRAPH.node)).map(innerNode);
}

function key(domain: string, op: string): string {
  return `${domain === 'ai.onnx' ? '' : domain}\n${op}`;
}

/** The bodies of a model's own functions, by domain and name. */
function functionBodies({ functions }: OnnxGraph): ReadonlyMap<string, readonly InnerNode[]> {
  const bodies = functions.map((proto) => {
    const [name = '', domain = ''] = [textsIn(proto, FUNCTION.name)[0], textsIn(proto, FUNCTION.domain)[0]];
    return [key(domain, name), bytesIn(proto, FUNCTION.node).map(innerNode)] as const;
  });
  return new Map(bodies);
}

/** Finds what a node brings into its network besides the image. */
export class NodeSources {
  readonly #functions: ReadonlyMap<string, readonly InnerNode[]>;
  readonly #truths: ReadonlyMap<string, boolean>;
  readonly #zeros: ReadonlySet<string>;

  constructor(graph: OnnxGraph) {
    this.#functions = functionBodies(graph);
    const { truths, zeros } = boolConstants(graph);
    [this.#truths, this.#zeros] = [truths, zeros];
  }

  /** What a node, or anything inside it, depends on besides what it reads. */
  of(node: OnnxNode): OtherSource | undefined {
    return this.#of(node, `${node.op} at ${node.name === '' ? node.outputs[0] : node.name}`, new Set());
  }

  #of(node: InnerNode, place: string, calls: ReadonlySet<string>): OtherSource | undefined {
    if (this.#isRandom(node)) return { kind: 'random', place };
    const called = key(node.domain, node.op);
    // A function that called itself would have no end.
    const body = calls.has(called) ? [] : (this.#functions.get(called) ?? []);
    const inside = [...nodesInside(node.raw), ...body];
    const within = new Set([...calls, called]);
    const found = inside.flatMap((each) => this.#of(each, `${each.op} in ${place}`, within) ?? []);
    const isScaled = SCALED.test(node.op) && body.length === 0;
    return found.find(({ kind }) => kind === 'random') ?? (isScaled ? { kind: 'scale', place } : found[0]);
  }

  #isRandom({ op, domain, inputs, raw }: InnerNode): boolean {
    if (this.#functions.has(key(domain, op))) return false;
    if (RANDOM.test(op)) return true;
    // Dropout(data, ratio, training_mode): inactive unless it is told to train.
    const [, ratio = '', training = ''] = inputs;
    const isDropout = op === 'Dropout' || op === 'BitmaskDropout';
    if (!isDropout || training === '' || this.#truths.get(training) === false) return false;
    return !this.#zeros.has(ratio) && floatAttribute({ raw }, 'ratio') !== 0;
  }
}
