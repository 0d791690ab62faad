import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, sep } from 'node:path';
import type WasmPackage from '@tensorflow/tfjs-backend-wasm';
import type { Backend } from './backend.js';
import { threadedBackend, wasmThreads } from './wasm-threads.js';

const require = createRequire(import.meta.url);

/** The library registers itself with this. */
const WASM_PRIORITY = 2;

const tfjs = async () => (await import('@tensorflow/tfjs')).default;

/** Set once the backend has been started on threads: a process has one. */
let onThreads: Promise<void> | undefined;

/** Starts the library's backend on threads, in place of its own start, which in Node knows one thread. */
async function startOnThreads(wasm: typeof WasmPackage, threads: number): Promise<void> {
  const tf = await tfjs();
  wasm.setThreadsCount(threads);
  const backend = await threadedBackend(wasm.BackendWasm, threads);
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => backend, WASM_PRIORITY);
}

/**
 * Takes away again what Emscripten's loader has the process do with errors that nobody caught: it throws them anew,
 * from a line of 50,000 characters that Node then prints.
 */
async function keepingListeners<T>(load: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => new Set(process.listeners(event as NodeJS.Signals)));
  try {
    return await load();
  } finally {
    for (const [at, event] of events.entries()) {
      const added = process
        .listeners(event as NodeJS.Signals)
        .filter((one) => before[at]?.has(one) === false);
      for (const listener of added) process.removeListener(event, listener);
    }
  }
}

/** Makes WebAssembly what tfjs computes with, with SIMD and threads where Node and the machine have them. */
export async function loadWasm(reason?: string): Promise<Backend> {
  const wasm = (await import('@tensorflow/tfjs-backend-wasm')).default;
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  const tf = await tfjs();
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  const threads = wasmThreads(availableParallelism());
  const started = await keepingListeners(async () => {
    // Asking tfjs whether it has the backend would start it.
    if (simd && threads > 1) {
      onThreads ??= startOnThreads(wasm, threads);
      await onThreads;
    }
    return tf.setBackend('wasm');
  });
  if (!started) throw new Error('the WebAssembly backend refused to start');
  return {
    name: 'wasm',
    version: wasm.version_wasm,
    wasm: { simd, threads: wasm.getThreadsCount() },
    ...(reason === undefined ? {} : { reason }),
  };
}
