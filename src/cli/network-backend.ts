import { type BackendChoice, loadBackend } from '../backend/backend.js';
import { type NetworkBackend, onnxBackend } from '../backend/onnx-runtime.js';
import { UserError } from '../errors.js';
import { isOnnxPath } from '../model/onnx/onnx-path.js';
import { terminal } from './terminal.js';

/**
 * Loads what computes the models at some paths: onnxruntime for ONNX files, a tensor library for all else.
 *
 * @throws UserError where it cannot be loaded, or is asked for what is none of its models.
 */
export async function networkBackend(
  paths: readonly string[],
  choice: BackendChoice | undefined,
): Promise<NetworkBackend> {
  const onnx = paths.filter(isOnnxPath);
  if (onnx.length > 0 && onnx.length < paths.length)
    throw new UserError(`models are of different formats: ${paths.join(', ')}`);
  if (onnx.length === 0) return await loadBackend(choice ?? 'auto');
  if (choice !== undefined && choice !== 'auto')
    throw new UserError(`--backend ${choice} is for TensorFlow's networks: ${onnx[0]} is an ONNX model`);
  return await onnxBackend();
}

/** Says that WebAssembly computes where TensorFlow could not be loaded. */
export function warnOfBackend(backend: NetworkBackend): void {
  if ('reason' in backend && backend.reason !== undefined)
    terminal.warn(`computing with WebAssembly, several times slower: ${backend.reason}`);
}
