// The runtime takes some nodes together where nothing else reads what is between them, and then rounds otherwise: a
// convolution with the batch norm, factor or sum behind it, a padding with the convolution behind it. A tap that read
// such a value would change the numbers of every tap below it. It reads a copy of the nodes that make the value instead,
// back to values that the runtime keeps anyway, so that the network itself is computed the same whatever is tapped.
import type { OnnxGraph, OnnxNode } from '../../model/onnx/graph.js';
import { message, NODE, without } from '../../model/onnx/messages.js';

/** Ops whose result may be taken into the node that reads it. */
const TAKEN_IN = /^(Conv|ConvTranspose|Pad|BatchNormalization|Gemm|MatMul)$/;
/** Ops that take in what they read. */
const TAKES_IN = /^(BatchNormalization|Add|Sum|Sub|Mul|Div|Conv|MaxPool|AveragePool|Gemm|MatMul)$/;
/** A scale or a shift by constants behind a convolution is a batch norm written out. */
const SCALES = /^(Mul|Add|Sub|Div)$/;

/** Who makes and who reads every value of a graph. */
export class TapReads {
  readonly #makers = new Map<string, OnnxNode>();
  readonly #readers = new Map<string, OnnxNode[]>();
  readonly #constants: ReadonlySet<string>;
  readonly #copies = new Map<string, string>();
  /** The copies, each after its inputs. */
  readonly nodes: Uint8Array[] = [];
  /** Values of the graph that the copies and taps read. */
  readonly anchors = new Set<string>();
  /** Constants that the copies read. */
  readonly constants = new Set<string>();

  constructor({ nodes, initializers }: OnnxGraph) {
    this.#constants = new Set(initializers.map(({ name }) => name));
    for (const node of nodes) {
      for (const name of node.outputs) this.#makers.set(name, node);
      for (const name of node.inputs) this.#readers.set(name, [...(this.#readers.get(name) ?? []), node]);
    }
  }

  /**
   * The name that a tap of a value reads. Every tap has copies of its own: shared ones would be taken together or not as
   * other taps read them.
   */
  read(value: string, tapped = value): string {
    if (!this.#mayBeTakenIn(value)) {
      this.anchors.add(value);
      return value;
    }
    return this.#copies.get(`${tapped}\n${value}`) ?? this.#copy(value, tapped);
  }

  #mayBeTakenIn(value: string): boolean {
    const maker = this.#makers.get(value);
    const readers = this.#readers.get(value) ?? [];
    return maker !== undefined && readers.some(({ op }) => TAKES_IN.test(op)) && this.#isTaken(maker);
  }

  #isTaken(maker: OnnxNode): boolean {
    if (TAKEN_IN.test(maker.op)) return true;
    const varying = maker.inputs.filter((name) => name !== '' && !this.#isConstant(name));
    if (!SCALES.test(maker.op) || varying.length !== 1) return false;
    const before = this.#makers.get(varying[0]!);
    return before !== undefined && this.#isTaken(before);
  }

  #isConstant(name: string): boolean {
    return this.#constants.has(name) || this.#makers.get(name)?.op === 'Constant';
  }

  #copy(value: string, tapped: string): string {
    const maker = this.#makers.get(value)!;
    const inputs = maker.inputs.map((name) => {
      if (this.#constants.has(name)) this.constants.add(name);
      if (name === '' || this.#constants.has(name)) return name;
      return this.#makers.has(name) ? this.read(name, tapped) : name;
    });
    const named = (name: string) => (name === '' ? '' : `strata/copy/${tapped}/${name}`);
    for (const name of maker.outputs) this.#copies.set(`${tapped}\n${name}`, named(name));
    const rest = without(maker.raw, [NODE.input, NODE.output, NODE.name]);
    const ends = message(
      [NODE.input, inputs],
      [NODE.output, maker.outputs.map(named)],
      [NODE.name, named(value)],
    );
    this.nodes.push(Buffer.concat([ends, rest]));
    return named(value);
  }
}
