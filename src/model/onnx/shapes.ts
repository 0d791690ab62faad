import type * as Ort from 'onnxruntime-node';
import { messageOf, UserError } from '../../errors.js';
import type { OnnxGraph, OnnxInitializer } from './graph.js';
import { ElementType } from './messages.js';
import type { OnnxFile } from './read.js';
import { externalTensorMessage, modelMessage, valueMessage } from './write.js';

/** Options that find a model's external weights where its file lies, and keep what the runtime logs to itself: it throws its errors too. */
export function sessionOptions({ folder }: Pick<OnnxFile, 'folder'>): Ort.InferenceSession.SessionOptions {
  return {
    logSeverityLevel: 4,
    extra: { session: { model_external_initializers_file_folder_path: folder } },
  };
}

/** A constant as a TensorProto: its numbers, or where in the model's files they lie. */
export function initializerMessage(initializer: OnnxInitializer): Uint8Array {
  const { place, raw } = initializer;
  return place === undefined ? raw : externalTensorMessage(initializer, place);
}

/** The text behind a C++ function's signature, if it begins with one. */
function afterSignature(text: string): string {
  if (!/^[\w:~<>*& ,]+\(/.test(text)) return text;
  let depth = 0;
  for (const [at, letter] of [...text].entries()) {
    if (letter === '(') depth++;
    if (letter === ')' && --depth === 0)
      return text
        .slice(at + 1)
        .replace(/^ const/, '')
        .trim();
  }
  return text;
}

/** A runtime's complaint as one line, without its own places in C++ files. */
export function runtimeProblem(error: unknown): string {
  const text = messageOf(error).replaceAll(/\s+/g, ' ');
  const opset = /Opset (\d+) is under development.* till opset (\d+)/.exec(text);
  if (opset !== null)
    return `opset ${opset[1]} is newer than this onnxruntime, which knows ${opset[2]}: export with an older one`;
  const [, complaint] = /\.(?:cc|h):\d+ (.*)$/.exec(text) ?? [];
  return (complaint === undefined ? text : afterSignature(complaint)).slice(0, 300);
}

/** The shape and number type of a value. */
export interface ValueShape {
  readonly dtype: string;
  /** With the batch. */
  readonly shape: readonly number[];
}

/** What {@link valueShapes} looks at. */
export interface ShapeRequest {
  readonly file: OnnxFile;
  readonly image: { readonly name: string; readonly dtype: number; readonly shape: readonly number[] };
  readonly values: readonly string[];
}

function structureOf({ file, image }: ShapeRequest, values: readonly string[]): Uint8Array {
  const { graph } = file;
  const constants = new Set(graph.initializers.map(({ name }) => name));
  const others = graph.inputs.filter(({ name }) => name !== image.name && !constants.has(name));
  return modelMessage({
    ...onlyHeader(graph),
    nodes: graph.nodes.map(({ raw }) => raw),
    initializers: graph.initializers.map(initializerMessage),
    inputs: [
      valueMessage(image.name, image.dtype, image.shape),
      ...others.map(({ name, dtype, shape }) =>
        valueMessage(name, dtype, shape?.map((one) => one ?? '') ?? []),
      ),
    ],
    outputs: values.map((name) => valueMessage(name)),
  });
}

function onlyHeader({ irVersion, opsets, functions, sparse }: OnnxGraph) {
  return { irVersion, opsets, functions, sparse };
}

async function open(ort: typeof Ort, request: ShapeRequest, values: readonly string[]) {
  try {
    return await ort.InferenceSession.create(structureOf(request, values), {
      ...sessionOptions(request.file),
      graphOptimizationLevel: 'disabled',
    });
  } catch (error) {
    throw new UserError(`model cannot be loaded: ${request.file.path} (${runtimeProblem(error)})`, {
      cause: error,
    });
  }
}

/** Runs the network on black images for the values whose shapes the runtime does not infer. */
async function ranShapes(ort: typeof Ort, request: ShapeRequest, values: readonly string[]) {
  const session = await open(ort, request, values);
  const { name, dtype, shape } = request.image;
  const size = shape.reduce((product, length) => product * length, 1);
  const zeros = dtype === ElementType.float16 ? new Uint16Array(size) : new Float32Array(size);
  const type = dtype === ElementType.float16 ? 'float16' : 'float32';
  try {
    const found = await session.run({ [name]: new ort.Tensor(type, zeros as Float32Array, shape) });
    return Object.entries(found).map(
      ([value, tensor]) => [value, { dtype: tensor.type, shape: tensor.dims }] as const,
    );
  } catch (error) {
    throw new UserError(`model cannot be run: ${request.file.path} (${runtimeProblem(error)})`, {
      cause: error,
    });
  } finally {
    await session.release();
  }
}

/**
 * The shapes of values for images of a shape: inferred by the runtime, or seen on black images.
 *
 * @throws UserError in one line where the runtime cannot load or run the model.
 */
export async function valueShapes(
  ort: typeof Ort,
  request: ShapeRequest,
): Promise<ReadonlyMap<string, ValueShape>> {
  const session = await open(ort, request, request.values);
  const shapes = new Map<string, ValueShape>();
  for (const value of session.outputMetadata) {
    // Without a shape, as behind an op that the runtime writes out, a value looks like a single number.
    if (!value.isTensor || value.shape.length === 0) continue;
    if (!value.shape.every((length) => typeof length === 'number')) continue;
    shapes.set(value.name, { dtype: value.type, shape: value.shape as number[] });
  }
  const isTensor = new Set(session.outputMetadata.flatMap((value) => (value.isTensor ? [value.name] : [])));
  await session.release();
  const open_ = request.values.filter((name) => !shapes.has(name) && isTensor.has(name));
  if (open_.length > 0)
    for (const [name, shape] of await ranShapes(ort, request, open_)) shapes.set(name, shape);
  return shapes;
}
