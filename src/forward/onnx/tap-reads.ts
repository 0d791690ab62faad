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

function copyOf({ raw }: OnnxNode, inputs: readonly string[], outputs: readonly string[]): Uint8Array {
  const rest = without(raw, [NODE.input, NODE.output, NODE.name]);
  const name = outputs.find((output) => output !== '') ?? '';
  return Buffer.concat([message([NODE.input, inputs], [NODE.output, outputs], [NODE.name, name]), rest]);
}

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
    if (!this.mayBeTakenIn(value)) {
      this.anchors.add(value);
      return value;
    }
    return this.#copies.get(`${tapped}\n${value}`) ?? this.#copy(value, tapped);
  }

  /** The node that makes a value; undefined for the image and for constants. */
  maker(value: string): OnnxNode | undefined {
    return this.#makers.get(value);
  }

  /** The nodes that read a value. */
  readers(value: string): readonly OnnxNode[] {
    return this.#readers.get(value) ?? [];
  }

  /** Whether the runtime may compute a value only within the node that reads it. */
  mayBeTakenIn(value: string): boolean {
    const maker = this.#makers.get(value);
    return (
      maker !== undefined && this.readers(value).some(({ op }) => TAKES_IN.test(op)) && this.#isTaken(maker)
    );
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

  /** A copy of a node of one output that reads another value first. */
  over(maker: OnnxNode, first: string, output: string): Uint8Array {
    const inputs = [first, ...maker.inputs.slice(1).map((name) => this.#constant(name) ?? this.read(name))];
    return copyOf(maker, inputs, [output]);
  }

  /** A constant of the model that a copy reads, or an input that is left out. */
  #constant(name: string): string | undefined {
    if (this.#constants.has(name)) this.constants.add(name);
    return name === '' || this.#constants.has(name) ? name : undefined;
  }

  #copy(value: string, tapped: string): string {
    const maker = this.#makers.get(value)!;
    const inputs = maker.inputs.map(
      (name) => this.#constant(name) ?? (this.#makers.has(name) ? this.read(name, tapped) : name),
    );
    const named = (name: string) => (name === '' ? '' : `strata/copy/${tapped}/${name}`);
    for (const name of maker.outputs) this.#copies.set(`${tapped}\n${name}`, named(name));
    this.nodes.push(copyOf(maker, inputs, maker.outputs.map(named)));
    return named(value);
  }
}
