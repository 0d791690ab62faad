import type { ImageShape } from '../dataset/dataset.js';
import { UserError } from '../errors.js';
import { graphModel } from './graph-model.js';
import { layersModel } from './layers-model.js';
import type { FrozenModel, ModelFacts } from './model.js';
import type { InputSize } from './model-input.js';
import { type OnnxModel, onnxModel } from './onnx/onnx-model.js';
import { isOnnxPath } from './onnx/onnx-path.js';
import { requireSomeTap } from './other-sources.js';
import { pixelsModel } from './pixels-model.js';
import { readModelFile } from './read-model-file.js';
import { refusedFormat } from './refused-formats.js';
import { isSavedModel } from './saved-model/read-saved-model.js';
import { savedModel } from './saved-model/saved-model.js';
import { readSidecar } from './sidecar.js';

/** What is known besides the model itself. */
export interface OpenModelOptions {
  /** The data set's own image shape: the input of `pixels` where no size is given. */
  readonly imageShape?: ImageShape | undefined;
  /** The input size asked for: needed where neither the model nor its sidecar states one. */
  readonly inputSize?: InputSize | undefined;
  /** The signature of a SavedModel that is asked for. */
  readonly signature?: string | undefined;
}

function openPixels({ imageShape, inputSize }: OpenModelOptions): FrozenModel {
  if (imageShape === undefined && inputSize === undefined)
    throw new UserError(
      'model `pixels` needs an input size where images have none in common (--input-size 64x64 gives one)',
    );
  return pixelsModel({ channels: 3, ...imageShape, ...inputSize } as ImageShape);
}

/**
 * Opens a frozen model: `pixels`, a TensorFlow SavedModel by its folder, or a tfjs layers or graph model by its folder or its `model.json`. A tensor library must
 * be loaded ({@link loadBackend}) before.
 *
 * @throws UserError for anything that is wrong with the model's files, naming it.
 */
export async function openModel(path: string, options: OpenModelOptions): Promise<FrozenModel> {
  if (path === 'pixels') return openPixels(options);
  return withSomeTap(await openFormat(path, options), path);
}

/** The model, unless nothing but its input is the same twice. */
function withSomeTap<Model extends ModelFacts>(model: Model, path: string): Model {
  try {
    requireSomeTap(model.taps, path);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

async function openFormat(path: string, options: OpenModelOptions): Promise<FrozenModel> {
  const refusal = refusedFormat(path);
  if (refusal !== undefined) throw new UserError(refusal);
  const size = options.inputSize ?? (await readSidecar(path))?.inputSize;
  if (isSavedModel(path)) return savedModel(path, { inputSize: size, signature: options.signature });
  if (options.signature !== undefined)
    throw new UserError(`model has no signatures to choose from: ${path} (--signature is for SavedModels)`);
  const file = await readModelFile(path);
  return file.format === 'layers' ? layersModel(file, size) : graphModel(file, size);
}

/**
 * Opens a frozen model of any format: an ONNX model by its file, which needs no tensor library, or what {@link openModel}
 * opens.
 *
 * @throws UserError for anything that is wrong with the model's files, naming it.
 */
export async function openNetwork(path: string, options: OpenModelOptions): Promise<FrozenModel | OnnxModel> {
  if (!isOnnxPath(path)) return await openModel(path, options);
  const size = options.inputSize ?? (await readSidecar(path))?.inputSize;
  return withSomeTap(await onnxModel(path, size), path);
}
