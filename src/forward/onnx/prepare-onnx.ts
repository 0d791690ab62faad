import { onnxProvider } from '../../backend/onnx-runtime.js';
import { UserError } from '../../errors.js';
import type { OnnxModel } from '../../model/onnx/onnx-model.js';
import type { NetworkRequest, PreparedForward } from '../prepare-forward.js';
import { OnnxForward } from './onnx-forward.js';
import { opsetProblem } from './tap-graph.js';

/**
 * Makes an ONNX model ready.
 *
 * @throws UserError for what onnxruntime does not do: another number type, op by op, operators of long ago.
 */
export function prepareOnnx(request: NetworkRequest & { readonly model: OnnxModel }): PreparedForward {
  const { model, columns, classify } = request;
  if (request.compute !== 'float32')
    throw new UserError(`${request.compute} is for TensorFlow's networks: ${model.name} is an ONNX model`);
  if (request.forward === 'eager')
    throw new UserError(`--forward eager is for TensorFlow's networks: ${model.name} is an ONNX model`);
  const problem = opsetProblem(model.file.graph);
  if (problem !== undefined) throw new UserError(`model cannot be tapped: ${model.file.path}: ${problem}`);
  const everything = { columns: columns.map((_, place) => place), classify };
  return {
    kind: 'compiled',
    open: () => new OnnxForward({ ...request, provider: onnxProvider() }, everything),
  };
}
