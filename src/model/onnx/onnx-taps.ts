import type { Classifier, ModelInput, Tap } from '../model.js';
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

/** A map's shape without the batch, its channels last. */
function tapShape([, ...shape]: readonly number[], layout: Layout): number[] {
  const [channels = 1, ...rest] = shape;
  return layout === 'channels first' && rest.length > 0 ? [...rest, channels] : shape;
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
  batch: number,
): Found[] {
  return values.flatMap((dependent) => {
    const shape = shapes.get(dependent.name);
    const fits = shape !== undefined && shape.shape.length > 1 && shape.shape[0] === batch;
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
  /** The batch of the shapes. */
  readonly rows: number;
}

function inputTap({ image, input: { height, width, channels } }: TapRequest): Tap {
  const shape = [height, width, channels];
  return { name: image.name, kind: 'input', op: 'Input', shape, depth: 0, inputs: [] };
}

/** The taps of a model by depth, the values behind them by their names, and their names by the values'. */
export function tapsOf(request: TapRequest) {
  const { graph, image, layout, all, shapes, rows } = request;
  const found = tappable(all, shapes, rows);
  const spelled = valueNames(
    found.map(({ dependent }) => dependent),
    image.name,
  );
  const names = new Map([
    [image.name, image.name],
    ...found.map(({ dependent }, at) => [dependent.name, spelled[at]!] as const),
  ]);
  const places = placesOf(graph, image.name, names);
  const taps = found.map(({ dependent: { name, kind, node, layout: own }, shape: { shape } }) => ({
    ...{ name: names.get(name)!, kind, op: node.op, shape: tapShape(shape, own) },
    ...places.get(name)!,
  }));
  const values = found.map(({ dependent, shape: { dtype } }) => {
    const value = { value: dependent.name, layout: dependent.layout, cast: dtype !== 'float32' };
    return [names.get(dependent.name)!, value] as const;
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
