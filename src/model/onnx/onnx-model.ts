import { loadOnnxRuntime } from '../../backend/onnx-runtime.js';
import { UserError } from '../../errors.js';
import type { Classifier, ModelFacts, ModelInput, Tap } from '../model.js';
import { type InputSize, modelInput } from '../model-input.js';
import type { OnnxGraph, OnnxNode, OnnxValue } from './graph.js';
import { ElementType } from './messages.js';
import { valueNames } from './names.js';
import { type OnnxFile, readOnnxFile } from './read.js';
import { type ValueShape, valueShapes } from './shapes.js';
import { type Dependent, dependents, type Layout, readBy } from './structure.js';

/** A tensor of the graph behind a tap. */
export interface OnnxTapValue {
  /** Its name in the graph. */
  readonly value: string;
  readonly layout: Layout;
  /** Whether it is cast to float32 before it is reduced. */
  readonly cast: boolean;
}

/** A frozen model that onnxruntime computes. */
export interface OnnxModel extends ModelFacts {
  readonly format: 'onnx';
  readonly file: OnnxFile;
  readonly image: { readonly name: string; readonly dtype: number; readonly layout: Layout };
  /** By the names of the taps. */
  readonly values: ReadonlyMap<string, OnnxTapValue>;
}

/** The batch that shapes are found with: a number that heads, groups and stages do not have, so that what has no batch axis shows. */
const SHAPE_BATCH = 7;

function imageOf({ inputs, initializers }: OnnxGraph, path: string): OnnxValue {
  const constants = new Set(initializers.map(({ name }) => name));
  const given = inputs.filter(({ name }) => !constants.has(name));
  const [image] = given;
  if (image === undefined || given.length > 1)
    throw new UserError(
      `model needs one image as its input, and has ${given.length}: ${given.map(({ name }) => name).join(', ')} (${path})`,
    );
  if (image.dtype !== ElementType.float32 && image.dtype !== ElementType.float16)
    throw new UserError(
      `model input is not an image of floating-point numbers: ${image.name} is of ONNX type ${image.dtype} (expected float32 or float16)`,
    );
  return image;
}

function isChannels(length: number | string | null | undefined): boolean {
  return length === 1 || length === 3;
}

/** The place of the channels, and the input as (batch, height, width, channels). */
function inputOf(
  { name, shape }: OnnxValue,
  size: InputSize | undefined,
): { layout: Layout; input: ModelInput } {
  const stated = shape?.map((length) => (typeof length === 'number' && length > 0 ? length : null)) ?? null;
  const first = stated?.length === 4 && isChannels(stated[1]) && !(isChannels(stated[3]) && stated[3] === 3);
  const nhwc = first ? [stated[0]!, stated[2]!, stated[3]!, stated[1]!] : stated;
  return {
    layout: first ? 'channels first' : 'channels last',
    input: modelInput({ name, shape: nhwc }, size),
  };
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

/** The first output: what its values are of one row of numbers, logits or a softmax of them; not where it ends in a sigmoid. */
function classifierOf(
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

function fixedBatch({ shape }: OnnxValue): number | undefined {
  const [batch] = shape ?? [];
  return typeof batch === 'number' && batch > 0 ? batch : undefined;
}

/**
 * Opens an ONNX model. Its taps are the tensors that are computed from the image and have a row of floating-point numbers
 * for each; maps have their channels last, as in every other format.
 *
 * @throws UserError in one line for a file that is damaged, an input that is no image, and whatever onnxruntime refuses.
 */
export async function onnxModel(path: string, size: InputSize | undefined): Promise<OnnxModel> {
  const file = await readOnnxFile(path);
  const ort = await loadOnnxRuntime();
  const { graph } = file;
  const image = imageOf(graph, file.path);
  const { layout, input } = inputOf(image, size);
  const { height, width, channels } = input;
  const batch = fixedBatch(image);
  const rows = batch ?? SHAPE_BATCH;
  const shape =
    layout === 'channels first' ? [rows, channels, height, width] : [rows, height, width, channels];
  const all = dependents(graph, image.name, layout);
  const shapes = await valueShapes(ort, {
    file,
    image: { ...image, shape },
    values: all.map(({ name }) => name),
  });
  const found = tappable(all, shapes, rows);
  const spelled = valueNames(found.map(({ dependent }) => dependent));
  const names = new Map([
    [image.name, image.name],
    ...found.map(({ dependent }, at) => [dependent.name, spelled[at]!] as const),
  ]);
  const places = placesOf(graph, image.name, names);
  const inputTap: Tap = {
    name: image.name,
    kind: 'input',
    op: 'Input',
    shape: [height, width, channels],
    depth: 0,
    inputs: [],
  };
  const taps = found.map(({ dependent: { name, kind, node, layout: own }, shape: { shape: full } }) => ({
    name: names.get(name)!,
    kind,
    op: node.op,
    shape: tapShape(full, own),
    ...places.get(name)!,
  }));
  const classifier = classifierOf(graph, names, taps);
  const values = found.map(({ dependent, shape: { dtype } }) => {
    const value = { value: dependent.name, layout: dependent.layout, cast: dtype !== 'float32' };
    return [names.get(dependent.name)!, value] as const;
  });
  const imageValue: OnnxTapValue = { value: image.name, layout, cast: image.dtype !== ElementType.float32 };
  return {
    format: 'onnx',
    name: file.name,
    input,
    taps: [inputTap, ...taps].sort((a, b) => a.depth - b.depth),
    ...(classifier === undefined ? {} : { classifier }),
    ...(batch === undefined ? {} : { batch }),
    identity: { format: 'onnx', topologySha256: file.topologySha256, weightsSha256: file.weightsSha256 },
    file,
    image: { name: image.name, dtype: image.dtype, layout },
    values: new Map([[image.name, imageValue], ...values]),
    dispose: () => undefined,
  };
}
