import type { Backend } from '../backend/backend.js';
import type { MachineReport } from '../backend/inspect-machine.js';
import { poolThreads } from '../decode/decode-concurrency.js';
import { defineCommand } from './command.js';
import { EXIT } from './exit-code.js';
import { SHARED_OPTIONS } from './shared-options.js';
import { bytesText, terminal } from './terminal.js';

/** What the command shows: the machine, and how many threads decode and read. */
interface DoctorReport extends MachineReport {
  readonly decodeThreads: number;
}

/** What is in use of what makes a backend fast, in brackets. */
function buildOf({ wasm }: Backend, variant: MachineReport['tensorflowVariant']): string {
  if (wasm === undefined) return variant === undefined ? '' : ` (${variant} build)`;
  return wasm.simd ? ' (SIMD)' : ' (no SIMD)';
}

/** What computes ONNX models; on a machine with a GPU also why that is not used. */
function onnxText({ onnx, gpus }: MachineReport): string {
  if ('reason' in onnx) return onnx.reason;
  const unused = onnx.kernels === 'cpu' && gpus.length > 0;
  const why = unused ? ': the CUDA library of onnxruntime-node is not installed' : '';
  return `onnxruntime ${onnx.version} (${onnx.kernels.toUpperCase()}${why})`;
}

function lines(report: DoctorReport): string {
  const { backend, node, cpu, cores, memory, disk, gpus } = report;
  return [
    ['backend', `${backend.name} ${backend.version}${buildOf(backend, report.tensorflowVariant)}`],
    ...(backend.reason === undefined ? [] : [['not TensorFlow', backend.reason]]),
    ['ONNX models', onnxText(report)],
    ['processor', cpu],
    ['cores', cores.usable === cores.present ? `${cores.usable}` : `${cores.usable} of ${cores.present}`],
    ['threads', `${report.computeThreads} compute, ${report.decodeThreads} decode and read`],
    ['memory', `${bytesText(memory.free)} free of ${bytesText(memory.total)}`],
    ['disk', `${bytesText(disk.free)} free of ${bytesText(disk.total)} at ${disk.path}`],
    ['GPU', gpus.length === 0 ? 'none' : gpus.join('; ')],
    ['Node', node],
  ]
    .map(([name, value]) => `${name?.padEnd(15)} ${value}`)
    .join('\n');
}

/** `strata doctor`: what strata computes with here, and what would make it faster. */
export const doctorCommand = defineCommand({
  name: 'doctor',
  usage: 'doctor',
  describe: 'Show what strata computes with here, and what would make it faster',
  options: { backend: SHARED_OPTIONS.backend, json: SHARED_OPTIONS.json, config: SHARED_OPTIONS.config },
  examples: [['strata doctor', 'Backend, cores, memory, disk, GPU']],
  async run({ backend, json }) {
    const { inspectMachine } = await import('../backend/inspect-machine.js');
    const { advice } = await import('../backend/advice.js');
    const machine = await inspectMachine(backend === undefined ? {} : { backend });
    const report = { ...machine, decodeThreads: poolThreads() };
    const faster = advice(report);
    if (json === true) terminal.printJson({ ...report, advice: faster });
    else {
      terminal.print(lines(report));
      for (const line of faster) terminal.print(`faster: ${line}`);
    }
    return EXIT.done;
  },
});
