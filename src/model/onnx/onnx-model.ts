import { loadOnnxRuntime } from '../../backend/onnx-runtime.js';
import { UserError } from '../../errors.js';
import type { ModelFacts, ModelInput } from '../model.js';
import { type InputSize, modelInput } from '../model-input.js';
import type { OnnxGraph, OnnxValue } from './graph.js';
import { ElementType } from './messages.js';
import { classifierOf, type OnnxTapValue, tapsOf } from './onnx-taps.js';
import { type OnnxFile, readOnnxFile } from './read.js';
import { valueShapes } from './shapes.js';
import { dependents, type Layout } from './structure.js';
import { valueAxes } from './value-axes.js';
import { valueSources } from './value-sources.js';

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
  const maps = layout === 'channels first' ? [channels, height, width] : [height, width, channels];
  const all = dependents(graph, image.name);
  const request = { file, image: { ...image, shape: [rows, ...maps] }, values: all.map(({ name }) => name) };
  const shapes = await valueShapes(ort, request);
  const { axes, mixing } = valueAxes({
    ...{ graph, shapes, image: { name: image.name, layout, shape: [rows, ...maps] } },
    dependent: new Set(all.map(({ name }) => name)),
  });
  const others = valueSources(graph, mixing);
  const { taps, values, names } = tapsOf({ graph, image, input, layout, all, shapes, axes, others, rows });
  const classifier = classifierOf(graph, names, taps);
  return {
    format: 'onnx',
    name: file.name,
    input,
    taps,
    ...(classifier === undefined ? {} : { classifier }),
    ...(batch === undefined ? {} : { batch }),
    identity: { format: 'onnx', topologySha256: file.topologySha256, weightsSha256: file.weightsSha256 },
    file,
    image: { name: image.name, dtype: image.dtype, layout },
    values,
    dispose: () => undefined,
  };
}
