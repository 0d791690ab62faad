import type { MachineReport } from './inspect-machine.js';

const GB = 1e9;
const ENOUGH_MEMORY = 4 * GB;
const ENOUGH_DISK = 10 * GB;

function inGB(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`;
}

function backendAdvice({ backend }: MachineReport): readonly string[] {
  if (backend.name === 'tensorflow') return [];
  const why = backend.reason ?? 'the WebAssembly backend was asked for';
  const remedy =
    backend.reason === undefined ? 'leave out `--backend wasm`' : 'put that right and run `make setup`';
  return [`TensorFlow would run a large model several times faster than WebAssembly: ${why}; ${remedy}`];
}

function gpuAdvice({ gpus, tensorflowVariant }: MachineReport): readonly string[] {
  if (gpus.length === 0 || tensorflowVariant === 'gpu') return [];
  return [
    'the GPU is not used: `STRATA_TENSORFLOW=gpu make setup` installs TensorFlow for it (6 GB on disk, untested)',
  ];
}

function coreAdvice({ cores }: MachineReport): readonly string[] {
  if (cores.usable >= cores.present) return [];
  return [
    `this process may use ${cores.usable} of ${cores.present} cores: give it more (taskset, Slurm's --cpus-per-task)`,
  ];
}

function roomAdvice({ memory, disk }: MachineReport): readonly string[] {
  const lines: string[] = [];
  if (memory.free < ENOUGH_MEMORY) {
    lines.push(`${inGB(memory.free)} of memory is free: close something, or take a smaller --batch`);
  }
  if (disk.free < ENOUGH_DISK) {
    lines.push(`${inGB(disk.free)} of disk is free at ${disk.path}: put --cache on another disk`);
  }
  return lines;
}

/** What would make strata faster on this machine and what to do about it, a line each; none when all is well. */
export function advice(report: MachineReport): readonly string[] {
  return [backendAdvice, gpuAdvice, coreAdvice, roomAdvice].flatMap((part) => part(report));
}
