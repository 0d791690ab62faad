import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { messageOf } from '../errors.js';
import { type Backend, type BackendChoice, loadBackend } from './backend.js';
import { type OnnxBackend, onnxBackend } from './onnx-runtime.js';
import { readSetupRecord } from './tensorflow-package.js';

/** What decides how fast strata runs on a machine. Memory and disk are in bytes. */
export interface MachineReport {
  readonly backend: Backend;
  /** Which build of the TensorFlow library set-up installed; undefined where it installed none. */
  readonly tensorflowVariant: 'cpu' | 'gpu' | undefined;
  /** What computes ONNX models, or why nothing does. */
  readonly onnx: OnnxBackend | { readonly reason: string };
  readonly node: string;
  readonly cpu: string;
  /** Cores this process may use, and cores of the machine. */
  readonly cores: { readonly usable: number; readonly present: number };
  /** How many threads a forward pass computes with. */
  readonly computeThreads: number;
  readonly memory: { readonly total: number; readonly free: number };
  readonly disk: { readonly path: string; readonly total: number; readonly free: number };
  /** NVIDIA GPUs as `nvidia-smi -L` lists them; empty where there is none, or no driver. */
  readonly gpus: readonly string[];
}

const GPU_QUERY_MS = 2000;

/** How many threads a backend computes with: WebAssembly says, and TensorFlow takes every core it may use. */
export function computeThreads(
  backend: Backend,
  { TF_NUM_INTRAOP_THREADS: said }: NodeJS.ProcessEnv = process.env,
): number {
  if (backend.wasm !== undefined) return backend.wasm.threads;
  const threads = Number.parseInt(said ?? '', 10);
  return threads > 0 ? threads : availableParallelism();
}

/** Lists the NVIDIA GPUs. No nvidia-smi, no driver or no answer in two seconds all mean none. */
export function listGpus(command = 'nvidia-smi'): Promise<readonly string[]> {
  return new Promise((resolve) => {
    execFile(command, ['-L'], { timeout: GPU_QUERY_MS }, (error, stdout) => {
      const lines = stdout.split('\n').map((line) => line.trim());
      resolve(error === null ? lines.filter((line) => line.startsWith('GPU ')) : []);
    });
  });
}

async function inspectDisk(path: string): Promise<MachineReport['disk']> {
  const { bsize, blocks, bavail } = await statfs(path);
  return { path, total: bsize * blocks, free: bsize * bavail };
}

async function inspectOnnx(): Promise<MachineReport['onnx']> {
  return await onnxBackend().catch((error: unknown) => ({ reason: messageOf(error) }));
}

/**
 * Loads a backend and looks at the machine around it.
 *
 * @param path - an existing path on the disk whose free space counts.
 * @throws UserError when `backend` is `tensorflow` and it cannot be loaded; the file system's error for a bad path.
 */
export async function inspectMachine({
  path = '.',
  backend = 'auto',
}: {
  readonly path?: string;
  readonly backend?: BackendChoice;
} = {}): Promise<MachineReport> {
  const [disk, gpus, onnx] = await Promise.all([inspectDisk(path), listGpus(), inspectOnnx()]);
  const loaded = await loadBackend(backend);
  const record = readSetupRecord();
  const processors = cpus();
  return {
    backend: loaded,
    tensorflowVariant: record?.kind === 'installed' ? record.variant : undefined,
    onnx,
    node: process.versions.node,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: { usable: availableParallelism(), present: Math.max(processors.length, availableParallelism()) },
    computeThreads: computeThreads(loaded),
    memory: { total: totalmem(), free: freemem() },
    disk,
    gpus,
  };
}
