import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { messageOf, UserError } from '../errors.js';
import { loadWasm } from './load-wasm.js';
import { quietModule, readSetupRecord, tensorflowBinding } from './tensorflow-package.js';

/** The tensor libraries strata computes with, fastest first. */
export const BACKENDS = ['tensorflow', 'wasm'] as const;

/** One of {@link BACKENDS}. */
export type BackendName = (typeof BACKENDS)[number];

/** What a user may ask for: a backend, or `auto` for the fastest that works here. */
export const BACKEND_CHOICES = ['auto', ...BACKENDS] as const;

/** One of {@link BACKEND_CHOICES}. */
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

/** Whose kernels TensorFlow computes with: oneDNN's, its own (Eigen), or those of a GPU. */
export type Kernels = 'onednn' | 'eigen' | 'gpu';

/** The tensor library in use. `reason` says why it is not TensorFlow, when it is not. */
export interface Backend {
  readonly name: BackendName;
  readonly version: string;
  /** Set for TensorFlow. */
  readonly kernels?: Kernels;
  /** Set for WebAssembly. */
  readonly wasm?: WasmFeatures;
  readonly reason?: string;
}

/** What of WebAssembly is in use that makes it fast. */
export interface WasmFeatures {
  readonly simd: boolean;
  readonly threads: number;
}

const require = createRequire(import.meta.url);

/** tfjs takes half a second to load, which `--help` need not wait for. */
const tfjs = async () => (await import('@tensorflow/tfjs')).default;

async function loadTensorflow(): Promise<Backend> {
  if (!existsSync(tensorflowBinding())) {
    const record = readSetupRecord();
    const why = record?.kind === 'none' ? `set-up: ${record.reason}` : 'run `make setup`';
    throw new UserError(`the TensorFlow library is not installed (${why})`);
  }
  // Errors come back as statuses; what TensorFlow would log besides is about its choice of kernels.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  // TensorFlow turns oneDNN on by itself only for some of the processors on which it is faster.
  if (process.arch === 'x64') process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  if (existsSync(quietModule())) process.dlopen({ exports: {} }, quietModule());
  restoreRemovedNodeFunctions();
  await import('@tensorflow/tfjs-node-gpu');
  const tf = await tfjs();
  if (!(await tf.setBackend('tensorflow'))) throw new Error('TensorFlow was loaded but refused to start');
  const { binding } = tf.backend() as unknown as { binding: NativeBinding };
  inUse = kernelsOf(binding);
  return { name: 'tensorflow', version: binding.TF_Version, kernels: inUse };
}

let inUse: Kernels | undefined;

/** Whose kernels compute; undefined where TensorFlow does not. */
export function loadedKernels(): Kernels | undefined {
  return inUse;
}

/** The part of tfjs-node's native binding that is used here. */
interface NativeBinding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

function kernelsOf(binding: NativeBinding): Kernels {
  if (binding.isUsingGpuDevice()) return 'gpu';
  return process.env.TF_ENABLE_ONEDNN_OPTS === '1' ? 'onednn' : 'eigen';
}

/** tfjs-node calls two functions of `util` that Node 23 removed. */
function restoreRemovedNodeFunctions(): void {
  const util = require('node:util') as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

/**
 * Loads a tensor library and makes it the one tfjs computes with.
 *
 * @param choice - `auto` takes TensorFlow where it loads and WebAssembly elsewhere, giving the reason.
 * @throws UserError when `tensorflow` is asked for by name and cannot be loaded.
 */
export async function loadBackend(choice: BackendChoice = 'auto'): Promise<Backend> {
  (await tfjs()).enableProdMode();
  inUse = undefined;
  if (choice === 'wasm') return loadWasm();
  try {
    return await loadTensorflow();
  } catch (error) {
    const reason = messageOf(error).split('\n')[0] ?? '';
    if (choice === 'tensorflow')
      throw new UserError(`TensorFlow cannot be loaded: ${reason}`, { cause: error });
    return loadWasm(reason);
  }
}
