import type { OnnxGraph, OnnxNode } from '../../model/onnx/graph.js';
import { ElementType } from '../../model/onnx/messages.js';
import type { OnnxModel } from '../../model/onnx/onnx-model.js';
import { initializerMessage } from '../../model/onnx/shapes.js';
import { readBy } from '../../model/onnx/structure.js';
import { modelMessage, valueMessage } from '../../model/onnx/write.js';
import type { ForwardColumn, ForwardOptions, Wanted } from '../forward.js';
import { NodeList } from './nodes.js';
import { PooledMeans } from './pooled-means.js';
import { reduceNodes } from './reduce-nodes.js';
import { PIXELS, type TapModel, type TapOutput } from './tap-model.js';
import { TapReads } from './tap-reads.js';

/** The operators that strata's own nodes need. */
const LEAST_OPSET = 7;

/** What {@link tapModel} makes a model for. */
export interface TapModelOptions extends Omit<ForwardOptions, 'model'> {
  readonly model: OnnxModel;
  readonly halves: boolean;
}

function opsetOf({ opsets }: OnnxGraph): number {
  return opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 1;
}

/** (x - mean) * scale in the model's channel order, number type and layout, from (batch, height, width, channels) bytes. */
function preprocessNodes(list: NodeList, { model, preprocess }: TapModelOptions): void {
  const { channelOrder, mean, scale, geometry } = preprocess;
  const { image } = model;
  const first = image.layout === 'channels first';
  let value = PIXELS;
  if (channelOrder === 'bgr') value = list.add('Gather', [value, list.whole([2, 1, 0])], { axis: 3 });
  if (first) value = list.transpose(value, [0, 3, 1, 2]);
  const shape = first ? [1, geometry.channels, 1, 1] : [geometry.channels];
  const centred = list.add('Sub', [list.cast(value), list.floats(shape, mean)]);
  const inputs = [centred, list.floats(shape, scale)];
  if (image.dtype === ElementType.float32) list.into(image.name, 'Mul', inputs);
  else list.into(image.name, 'Cast', [list.add('Mul', inputs)], { to: image.dtype });
}

/** The nodes that values need, in the graph's order: what comes after the last of them is left out. */
function neededNodes({ nodes }: OnnxGraph, values: Iterable<string>): OnnxNode[] {
  const needed = new Set(values);
  const kept: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    for (const name of readBy(node)) needed.add(name);
    kept.push(node);
  }
  return kept.reverse();
}

class TapEditor {
  readonly #options: TapModelOptions;
  readonly #reads: TapReads;
  readonly #before: NodeList;
  readonly #after: NodeList;
  readonly #means: PooledMeans;

  constructor(options: TapModelOptions) {
    const { graph } = options.model.file;
    this.#options = options;
    this.#reads = new TapReads(graph);
    this.#before = new NodeList(opsetOf(graph), 'before');
    this.#after = new NodeList(opsetOf(graph), 'after');
    this.#means = new PooledMeans(options.model, this.#reads, this.#after);
  }

  edit({ columns, classify }: Wanted): TapModel {
    const { model, batch, preprocess } = this.#options;
    const { graph } = model.file;
    preprocessNodes(this.#before, this.#options);
    const outputs = this.#outputs(columns, classify);
    const nodes = neededNodes(graph, this.#reads.anchors);
    const used = new Set(nodes.flatMap(readBy));
    const copied = graph.initializers.filter(({ name }) => used.has(name) || this.#reads.constants.has(name));
    const { height, width, channels } = preprocess.geometry;
    const { irVersion, opsets, functions, sparse } = graph;
    const bytes = modelMessage({
      ...{ irVersion, opsets, functions, sparse },
      nodes: [
        ...this.#before.nodes,
        ...nodes.map(({ raw }) => raw),
        ...this.#reads.nodes,
        ...this.#after.nodes,
      ],
      initializers: [
        ...this.#before.initializers,
        ...copied.map(initializerMessage),
        ...this.#after.initializers,
      ],
      inputs: [valueMessage(PIXELS, ElementType.uint8, [batch, height, width, channels])],
      outputs: outputs.map(({ name }) => valueMessage(name)),
    });
    return { bytes, outputs };
  }

  /**
   * The outputs wanted. Their nodes are written from the deepest tap to the first: of the nodes that nothing reads, the
   * runtime computes the last one first, and a map is then reduced and forgotten before the next one is computed.
   */
  #outputs(columns: Wanted['columns'], classify: boolean): TapOutput[] {
    const probabilities = classify ? [this.#probabilities()] : [];
    const depths = new Map(this.#options.model.taps.map(({ name }, depth) => [name, depth] as const));
    const depthOf = (place: number) => depths.get(this.#options.columns[place]!.source.name)!;
    const deepestFirst = columns.toSorted((a, b) => depthOf(b) - depthOf(a));
    const outputs = new Map(deepestFirst.map((place) => [place, this.#column(place)] as const));
    return [...columns.map((place) => outputs.get(place)!), ...probabilities];
  }

  /** A tap's activation as float32. */
  #activation(tap: string): string {
    const { value, cast } = this.#options.model.values.get(tap)!;
    const read = this.#reads.read(value);
    return cast ? this.#after.cast(read) : read;
  }

  /** A mean that spares the runtime the map it is of, where there is one. */
  #pooledAbove({ source, how }: ForwardColumn): string | undefined {
    const { value, layout, cast } = this.#options.model.values.get(source.name)!;
    const isMap = layout === 'channels first' && source.shape.length === 3;
    if (how.kind !== 'average-pool' || cast || !isMap) return undefined;
    const mean = this.#means.of(value);
    return mean === undefined ? undefined : this.#after.add('Flatten', [mean], { axis: 1 });
  }

  #reduced({ source, how }: ForwardColumn): string {
    const { seed, model } = this.#options;
    const { layout } = model.values.get(source.name)!;
    const { name: tap } = source;
    return reduceNodes(this.#after, how, { ...source, value: this.#activation(tap), layout, tap, seed });
  }

  #column(place: number): TapOutput {
    const { columns, halves } = this.#options;
    const column = columns[place]!;
    const reduced = this.#pooledAbove(column) ?? this.#reduced(column);
    const type = halves ? 'float16' : 'float32';
    const name = halves ? this.#after.cast(reduced, ElementType.float16) : reduced;
    return { name, type, features: column.features };
  }

  #probabilities(): TapOutput {
    const { model } = this.#options;
    const { tap, outputs } = model.classifier!;
    const { op } = model.taps.find(({ name }) => name === tap)!;
    const value = this.#activation(tap);
    const last = op === 'Softmax' ? (['Identity', {}] as const) : (['Softmax', { axis: 1 }] as const);
    return { name: this.#after.add(last[0], [value], last[1]), type: 'float32', features: outputs };
  }
}

/**
 * Edits a model: preprocessing before it, reductions behind its taps, and nothing after the last of them. Only the
 * structure is written; weights are named by their places in the model's files.
 */
export function tapModel(options: TapModelOptions, wanted: Wanted): TapModel {
  return new TapEditor(options).edit(wanted);
}

/** Why strata's nodes cannot be added to a model; undefined where they can. */
export function opsetProblem(graph: OnnxGraph): string | undefined {
  const version = opsetOf(graph);
  if (version >= LEAST_OPSET) return undefined;
  return `opset ${version} is too old (at least ${LEAST_OPSET}; onnx.version_converter makes a newer one)`;
}
