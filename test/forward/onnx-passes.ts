import { onnxBackend } from '../../src/backend/onnx-runtime.js';
import { chooseColumns } from '../../src/extract/columns.js';
import { prepareForward } from '../../src/forward/prepare-forward.js';
import { openNetwork } from '../../src/model/open-model.js';
import { resolvePreprocess } from '../../src/model/preprocess.js';
import { resolveTaps } from '../../src/model/resolve-taps.js';
import { SIDE } from '../model/onnx/tiny-onnx.js';

export const BATCH = 2;

/** A pass over columns of a model, with what it is run on. */
export async function openedPass(path: string, taps: readonly string[], reductions: readonly string[]) {
  const model = await openNetwork(path, {});
  const columns = chooseColumns(resolveTaps(taps, model.taps), reductions);
  const preprocess = resolvePreprocess({ model, declared: { preset: 'tf' } });
  const request = { backend: await onnxBackend(), model, preprocess, columns, batch: BATCH, seed: 0 };
  const { open } = await prepareForward({
    ...request,
    ...{ compute: 'float32', forward: 'compiled', classify: true, halves: false },
  });
  const pixels = Uint8Array.from({ length: BATCH * SIDE * SIDE * 3 }, (_, at) => (at * 7919) & 255);
  return { pass: open(), pixels, columns, wanted: { columns: columns.map((_, at) => at), classify: true } };
}
