import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type * as Ort from 'onnxruntime-node';
import { messageOf, UserError } from '../errors.js';
import type { Backend } from './backend.js';

/** The version that strata is made for: other versions fuse other things. */
export const ONNX_RUNTIME_VERSION = '1.30.0';

/** Where a network is computed. */
export type OnnxProvider = 'cpu' | 'cuda';

/** onnxruntime as what a network computes with. */
export interface OnnxBackend {
  readonly name: 'onnxruntime';
  readonly version: string;
  readonly kernels: OnnxProvider;
}

/** What a network computes with: a tensor library, or onnxruntime. */
export type NetworkBackend = Backend | OnnxBackend;

const require = createRequire(import.meta.url);

/**
 * Loads onnxruntime-node.
 *
 * @throws UserError saying what to do where it is not installed or has no library for this machine.
 */
export async function loadOnnxRuntime(): Promise<typeof Ort> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const why = messageOf(error).split('\n')[0];
    const way = `npm install --no-save onnxruntime-node@${ONNX_RUNTIME_VERSION}`;
    throw new UserError(`ONNX models need onnxruntime-node, which cannot be loaded: ${why} (try: ${way})`, {
      cause: error,
    });
  }
}

/** CUDA where its library lies beside the package's own; set-up does not fetch it. */
export function onnxProvider(): OnnxProvider {
  const folder = join(dirname(require.resolve('onnxruntime-node/package.json')), 'bin', 'napi-v6');
  const library = join(folder, process.platform, process.arch, 'libonnxruntime_providers_cuda.so');
  return existsSync(library) ? 'cuda' : 'cpu';
}

/** How many threads a session computes with: as many as OpenMP programs are told, or every core it may use. */
export function onnxThreads({ OMP_NUM_THREADS: said }: NodeJS.ProcessEnv = process.env): number {
  const threads = Number.parseInt(said ?? '', 10);
  return threads > 0 ? threads : availableParallelism();
}

/** The runtime as the backend of an ONNX model. @throws UserError as {@link loadOnnxRuntime}. */
export async function onnxBackend(): Promise<OnnxBackend> {
  const { env } = await loadOnnxRuntime();
  return { name: 'onnxruntime', version: env.versions.node ?? ONNX_RUNTIME_VERSION, kernels: onnxProvider() };
}
