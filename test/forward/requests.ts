import { loadBackend } from '../../src/backend/backend.js';
import { chooseColumns } from '../../src/extract/columns.js';
import type { ForwardPass, Wanted } from '../../src/forward/forward.js';
import { graphStore } from '../../src/forward/graph-store.js';
import type { ForwardRequest } from '../../src/forward/prepare-forward.js';
import { openModel } from '../../src/model/open-model.js';
import { resolvePreprocess } from '../../src/model/preprocess.js';
import { resolveTaps } from '../../src/model/resolve-taps.js';
import { temporaryFolder } from '../model/save-model.js';

/** What a test asks of a forward pass. */
export interface Asked {
  readonly taps?: readonly string[];
  readonly reduce?: readonly string[];
  readonly batch?: number;
  readonly change?: Partial<ForwardRequest>;
}

/** A request to compile a model that lies in a folder, with a store of its own. */
export async function requestFor(path: string, asked: Asked = {}): Promise<ForwardRequest> {
  const { taps = ['all'], reduce = ['flatten'], batch = 2, change = {} } = asked;
  const backend = await loadBackend('tensorflow');
  const model = await openModel(path, {});
  return {
    backend,
    model,
    preprocess: resolvePreprocess({ model, declared: { preset: 'tf' } }),
    columns: chooseColumns(resolveTaps(taps, model.taps), reduce),
    batch,
    seed: 3,
    forward: 'compiled',
    compute: 'float32',
    classify: false,
    halves: false,
    store: graphStore(temporaryFolder()),
    ...change,
  };
}

/** Every column of a request. */
export function everyColumn({ columns, classify }: ForwardRequest): Wanted {
  return { columns: columns.map((_, place) => place), classify };
}

/** A batch of pixels without order; the last image black, as in a batch that is partly full. */
export function pixelsFor({ batch, model }: ForwardRequest): Uint8Array {
  const { height, width, channels } = model.input;
  const image = height * width * channels;
  const pixels = Uint8Array.from(
    { length: batch * image },
    (_, at) => (Math.imul(at + 1, 2654435761) >>> 13) & 255,
  );
  return pixels.fill(0, (batch - 1) * image);
}

/** Runs a pass on a request's pixels and closes it; features by column (`tap reduction`). */
export async function featuresOf(request: ForwardRequest, pass: ForwardPass) {
  const { features } = await pass.run(pixelsFor(request), everyColumn(request));
  pass.dispose();
  return new Map(
    request.columns.map(({ source, how }, at) => [`${source.name} ${how.kind}`, features[at]!.slice()]),
  );
}
