import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

// tfjs-backend-wasm has a build with threads and keeps it from Node (tfjs#3830): its loader hands the workers blob:
// URLs, which Node's cannot open, and counts half of the cores. The build itself runs, given workers that start.

/** The workers that the build makes for itself; it cannot do with more. */
const MOST_THREADS = 8;

const require = createRequire(import.meta.url);

/** What the library wraps as its backend: the compiled module, with some of its functions callable from JavaScript. */
type WasmModule = BackendWasm['wasm'];

/** The compiled module as Emscripten hands it over. */
interface LoadedModule {
  readonly PThread: { readonly unusedWorkers: Worker[]; readonly runningWorkers: readonly Worker[] };
  cwrap(name: string, returns: 'number' | null, takes: readonly 'number'[]): unknown;
}

type Receive = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

type Factory = (config: {
  readonly mainScriptUrlOrBlob: string;
  readonly locateFile: (name: string) => string | URL;
  readonly instantiateWasm: (imports: WebAssembly.Imports, receive: Receive) => object;
}) => Promise<LoadedModule>;

const PACKAGE = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
const SCRIPT = join(PACKAGE, 'wasm-out', 'tfjs-backend-wasm-threaded-simd.js');
const BINARY = join(PACKAGE, 'dist', 'tfjs-backend-wasm-threaded-simd.wasm');

/** What a worker runs: the library's own text for workers, which is a script, in the surroundings of one. */
function workerUrl(): URL {
  const { wasmWorkerContents } = require(SCRIPT.replace(/\.js$/, '.worker.js')) as {
    wasmWorkerContents: string;
  };
  // The text was written down in a template literal, in which its line breaks lost their escapes.
  const text = wasmWorkerContents.replaceAll('\n', '\\n');
  const code = [
    `import { createRequire } from 'node:module';`,
    `globalThis.__filename = ${JSON.stringify(SCRIPT)};`,
    'globalThis.require = createRequire(__filename);',
    `(0, eval)(${JSON.stringify(text)});`,
  ];
  return new URL(`data:text/javascript,${encodeURIComponent(code.join('\n'))}`);
}

async function instantiate(imports: WebAssembly.Imports, threads: number, receive: Receive): Promise<void> {
  // The build takes at most half of the cores that it counts.
  imports.env.emscripten_num_logical_cores = () => 2 * threads;
  const { instance, module } = await WebAssembly.instantiate(await readFile(BINARY), imports);
  receive(instance, module);
}

async function loadModule(threads: number): Promise<LoadedModule> {
  const factory = require(SCRIPT) as Factory;
  const url = workerUrl();
  return new Promise((resolve, reject) => {
    factory({
      mainScriptUrlOrBlob: SCRIPT,
      locateFile: (name) => (name.endsWith('.worker.js') ? url : join(PACKAGE, 'dist', name)),
      instantiateWasm: (imports, receive) => {
        instantiate(imports, threads, receive).catch(reject);
        return {};
      },
    }).then(resolve, reject);
  });
}

/** The functions that the library's own loader makes callable, and its backend calls. */
function functionsOf(module: LoadedModule): WasmModule['tfjs'] {
  const nothing = (name: string, numbers: number) =>
    module.cwrap(name, null, new Array(numbers).fill('number'));
  return {
    init: nothing('init', 0),
    initWithThreadsCount: nothing('init_with_threads_count', 1),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: nothing('register_tensor', 3),
    disposeData: nothing('dispose_data', 1),
    dispose: nothing('dispose', 0),
  } as WasmModule['tfjs'];
}

/** Ends the workers that got no thread to run, and lets the process end though the others wait for work. */
async function settleWorkers({ PThread }: LoadedModule): Promise<void> {
  for (const worker of PThread.runningWorkers) worker.unref();
  await Promise.all(PThread.unusedWorkers.splice(0).map((worker) => worker.terminate()));
}

/** How many of this machine's cores WebAssembly can compute on. */
export function wasmThreads(cores: number): number {
  return Math.min(cores, MOST_THREADS);
}

/**
 * Makes the library's backend on several threads, one of them the caller's, for `tf.registerBackend`. Results have the
 * same bits as on one thread.
 *
 * @param Backend - `BackendWasm` of the library, told the number of threads by its `setThreadsCount` before.
 * @param threads - at most {@link wasmThreads}.
 */
export async function threadedBackend(Backend: typeof BackendWasm, threads: number): Promise<BackendWasm> {
  const module = await loadModule(threads);
  const backend = new Backend(Object.assign(module, { tfjs: functionsOf(module) }) as unknown as WasmModule);
  await settleWorkers(module);
  return backend;
}
