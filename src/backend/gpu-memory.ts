import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const QUERY = ['--query-gpu=memory.free', '--format=csv,noheader,nounits', '--id=0'];
const QUERY_MS = 2000;

/** The free bytes in what `nvidia-smi` prints for its first GPU, in MiB; undefined for anything else. */
export function parseFreeMemory(text: string): number | undefined {
  const mebibytes = Number(text.trim().split('\n')[0]?.trim() || Number.NaN);
  return Number.isFinite(mebibytes) && mebibytes > 0 ? mebibytes * 2 ** 20 : undefined;
}

/** The free bytes of the first NVIDIA GPU; undefined where there is none, or its driver does not answer in two seconds. */
export async function freeGpuMemory(command = 'nvidia-smi'): Promise<number | undefined> {
  try {
    return parseFreeMemory((await promisify(execFile)(command, QUERY, { timeout: QUERY_MS })).stdout);
  } catch {
    // No nvidia-smi, or no driver behind it: a GPU that cannot be asked gets the batch of a CPU.
    return undefined;
  }
}
