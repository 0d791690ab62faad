import { type Axes, IMAGE_AXES, isPosition, isTurnedOver, meaningsOf, tapAxes } from '../axes/axis.js';
import { permuteAxes } from '../axes/reshape-axes.js';
import type { Classifier, ModelInput, Tap } from '../model.js';
import { dependence, type OtherSource } from '../other-sources.js';
import type { OnnxGraph, OnnxNode, OnnxValue } from './graph.js';
import { ElementType } from './messages.js';
import { valueNames } from './names.js';
import type { ValueShape } from './shapes.js';
import { type Dependent, type Layout, readBy } from './structure.js';

/** A tensor of the graph behind a tap. */
export interface OnnxTapValue {
  /** Its name in the graph. */
  readonly value: string;
  readonly layout: Layout;
  /** Whether it is cast to float32 before it is reduced. */
  readonly cast: boolean;
}

/** What the positions of a map of several axes are; two axes of tokens (scores of attention) are no map. */
const MAP_AXES = ['height', 'width', 'depth', 'single'];

/** Whether a value is a map or a sequence with its channels after the batch. */
function layoutOf(axes: Axes): Layout {
  const [, channels, ...rest] = meaningsOf(axes);
  const isMap = rest.length === 1 ? rest.every(isPosition) : rest.every((one) => MAP_AXES.includes(one));
  return channels === 'channels' && rest.length > 0 && isMap ? 'channels first' : 'channels last';
}

/** The shape of a tap without the batch and what its axes are: the channels of a map come last. */
function arranged([, ...shape]: readonly number[], axes: Axes) {
  if (layoutOf(axes) === 'channels last') return { shape, ...tapAxes(axes) };
  const [channels = 1, ...rest] = shape;
  const order = [0, ...rest.map((_, at) => at + 2), 1];
  return { shape: [...rest, channels], ...tapAxes(permuteAxes(axes, order)) };
}

interface Found {
  readonly dependent: Dependent;
  readonly shape: ValueShape;
}

const FLOATS = ['float32', 'float16', 'float64', 'bfloat16'];

/** Which values are one row of numbers for each image. */
function tappable(
  values: readonly Dependent[],
  shapes: ReadonlyMap<string, ValueShape>,
  axes: ReadonlyMap<string, Axes>,
  batch: number,
): Found[] {
  return values.flatMap((dependent) => {
    const shape = shapes.get(dependent.name);
    const isRow = shape !== undefined && shape.shape.length > 1 && shape.shape[0] === batch;
    const fits = isRow && !isTurnedOver(axes.get(dependent.name) ?? []);
    return dependent.computes && fits && FLOATS.includes(shape.dtype) ? [{ dependent, shape }] : [];
  });
}

/** Depth and the nearest taps above of every tapped value. */
function placesOf({ nodes }: OnnxGraph, image: string, names: ReadonlyMap<string, string>) {
  const places = new Map<string, { depth: number; inputs: string[] }>([[image, { depth: 0, inputs: [] }]]);
  const above = new Map<string, ReadonlySet<string>>([[image, new Set([image])]]);
  for (const node of nodes) {
    const sources = new Set(readBy(node).flatMap((name) => [...(above.get(name) ?? [])]));
    const depth = Math.max(0, ...[...sources].map((name) => places.get(name)!.depth + 1));
    for (const output of node.outputs) {
      if (!names.has(output)) above.set(output, sources);
      else {
        places.set(output, { depth, inputs: [...sources].map((name) => names.get(name)!) });
        above.set(output, new Set([output]));
      }
    }
  }
  return places;
}

/** What {@link tapsOf} looks at. */
export interface TapRequest {
  readonly graph: OnnxGraph;
  readonly image: OnnxValue;
  readonly input: ModelInput;
  readonly layout: Layout;
  readonly all: readonly Dependent[];
  readonly shapes: ReadonlyMap<string, ValueShape>;
  /** The axes of every value that has a shape. */
  readonly axes: ReadonlyMap<string, Axes>;
  /** What values depend on besides the image. */
  readonly others: ReadonlyMap<string, OtherSource>;
  /** The batch of the shapes. */
  readonly rows: number;
}

function inputTap({ image, input: { height, width, channels } }: TapRequest): Tap {
  const shape = [height, width, channels];
  return { name: image.name, kind: 'input', op: 'Input', shape, axes: IMAGE_AXES, depth: 0, inputs: [] };
}

/** The taps of a model by depth, the values behind them by their names, and their names by the values'. */
export function tapsOf(request: TapRequest) {
  const { graph, image, layout, all, shapes, axes, others, rows } = request;
  const found = tappable(all, shapes, axes, rows);
  const spelled = valueNames(
    found.map(({ dependent }) => dependent),
    image.name,
  );
  const names = new Map([
    [image.name, image.name],
    ...found.map(({ dependent }, at) => [dependent.name, spelled[at]!] as const),
  ]);
  const places = placesOf(graph, image.name, names);
  const taps = found.map(({ dependent: { name, kind, node }, shape: { shape } }) => ({
    ...{ name: names.get(name)!, kind, op: node.op, ...arranged(shape, axes.get(name)!) },
    ...places.get(name)!,
    ...dependence(others.get(name)),
  }));
  const values = found.map(({ dependent, shape: { dtype } }) => {
    const { name } = dependent;
    const value = { value: name, layout: layoutOf(axes.get(name)!), cast: dtype !== 'float32' };
    return [names.get(name)!, value] as const;
  });
  const own: OnnxTapValue = { value: image.name, layout, cast: image.dtype !== ElementType.float32 };
  return {
    taps: [inputTap(request), ...taps].sort((a, b) => a.depth - b.depth),
    values: new Map([[image.name, own], ...values]),
    names,
  };
}

/** The first output: what its values are of one row of numbers, logits or a softmax of them; not where it ends in a sigmoid. */
export function classifierOf(
  { nodes, outputs }: OnnxGraph,
  names: ReadonlyMap<string, string>,
  taps: readonly Tap[],
): Classifier | undefined {
  const makers = new Map<string, OnnxNode>(nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  let end = outputs[0]?.name ?? '';
  for (
    let node = makers.get(end);
    node !== undefined && /^(Identity|Cast)$/.test(node.op);
    node = makers.get(end)
  )
    end = node.inputs[0] ?? '';
  const tap = taps.find(({ name }) => name === names.get(end));
  const isScored =
    tap !== undefined && /^(Softmax|LogSoftmax|Gemm|MatMul|Add|Flatten|Reshape|Squeeze)$/.test(tap.op);
  return isScored && tap.shape.length === 1 ? { tap: tap.name, outputs: tap.shape[0]! } : undefined;
}
