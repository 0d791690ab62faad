// mean(a + b) = mean(a) + mean(b), and mean(W x + c) = W mean(x) + c for a 1x1 convolution: a spatial mean of a value that
// the runtime would take into the node behind it needs only means of values that it keeps anyway. In a residual network
// the merge is then still one node with its convolution and its activation, which saves writing and reading the map again.
import type { OnnxNode } from '../../model/onnx/graph.js';
import type { OnnxModel } from '../../model/onnx/onnx-model.js';
import type { NodeList } from './nodes.js';
import type { TapReads } from './tap-reads.js';

/** Spatial means by way of the nodes above a value. What a mean is made of depends on the graph alone, not on other taps. */
export class PooledMeans {
  readonly #reads: TapReads;
  readonly #list: NodeList;
  readonly #shapes: ReadonlyMap<string, string>;
  readonly #kernels: ReadonlyMap<string, readonly number[]>;

  constructor({ file, values, taps }: OnnxModel, reads: TapReads, list: NodeList) {
    this.#reads = reads;
    this.#list = list;
    const shapes = taps.map(({ name, shape }) => [values.get(name)!.value, shape.join()] as const);
    this.#shapes = new Map(shapes);
    this.#kernels = new Map(file.graph.initializers.map(({ name, dims }) => [name, dims]));
  }

  /** The mean of a value, (batch, channels, 1, 1); undefined where the value has to be averaged itself. */
  of(value: string): string | undefined {
    const maker = this.#reads.maker(value);
    if (maker?.op === 'Add') return this.#merge(value, maker);
    return this.#reads.mayBeTakenIn(value) ? this.#linear(value) : undefined;
  }

  #merge(value: string, { inputs }: OnnxNode): string | undefined {
    const readers = this.#reads.readers(value);
    if (readers.length !== 1 || readers[0]!.op !== 'Relu') return undefined;
    if (!inputs.every((name) => this.#shapes.get(name) === this.#shapes.get(value))) return undefined;
    const canMerge = inputs.every((name) => this.#isLinear(name) || !this.#reads.mayBeTakenIn(name));
    if (!canMerge || !inputs.some((name) => this.#isLinear(name))) return undefined;
    return this.#list.add(
      'Add',
      inputs.map((name) => this.#linear(name) ?? this.#mean(name)),
    );
  }

  /** Whether a value is a 1x1 convolution of one that the runtime keeps, or a batch norm of that. */
  #isLinear(value: string): boolean {
    const maker = this.#reads.maker(value);
    const [source = '', kernel = ''] = maker?.inputs ?? [];
    if (maker?.op === 'BatchNormalization')
      return maker.outputs.length === 1 && this.#reads.maker(source)?.op === 'Conv' && this.#isLinear(source);
    if (maker?.op !== 'Conv' || this.#reads.mayBeTakenIn(source)) return false;
    const [, , ...lengths] = this.#kernels.get(kernel) ?? [];
    const pads = maker.ints.get('pads') ?? [];
    return lengths.length === 2 && lengths.every((length) => length === 1) && pads.every((pad) => pad === 0);
  }

  #linear(value: string): string | undefined {
    if (!this.#isLinear(value)) return undefined;
    const maker = this.#reads.maker(value)!;
    const [source = ''] = maker.inputs;
    const mean = maker.op === 'Conv' ? this.#mean(source, maker.ints.get('strides')) : this.#linear(source)!;
    return this.#list.addRaw((output) => this.#reads.over(maker, mean, output));
  }

  /** The mean over all places, or over those that a convolution with strides sees. */
  #mean(value: string, strides: readonly number[] = [1, 1]): string {
    const all = this.#reads.read(value);
    const isWhole = strides.every((stride) => stride === 1);
    const seen = isWhole ? all : this.#list.add('MaxPool', [all], { kernel_shape: [1, 1], strides });
    return this.#list.add('GlobalAveragePool', [seen]);
  }
}
