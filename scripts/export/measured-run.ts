import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

/** What a command printed as JSON, how long it took from start to end, and the most memory it held. */
export interface MeasuredRun<Result> {
  readonly result: Result;
  readonly wallSeconds: number;
  /** The high-water mark of the process's resident memory; NaN where the system does not tell. */
  readonly peakBytes: number;
}

async function residentPeak(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN);
}

/**
 * Runs the built command line with `--json` and watches its memory; its progress is not shown.
 *
 * @throws Error with what it said, when it does not do its work.
 */
export async function measuredRun<Result>(args: readonly string[]): Promise<MeasuredRun<Result>> {
  const started = performance.now();
  const child = spawn(process.execPath, ['dist/cli/strata.cjs', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let peakBytes = Number.NaN;
  const watch = setInterval(async () => {
    const peak = await residentPeak(child.pid ?? 0);
    if (!Number.isNaN(peak)) peakBytes = peak;
  }, 200);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [output, said, code] = await Promise.all([buffer(child.stdout), buffer(child.stderr), ended]).finally(
    () => clearInterval(watch),
  );
  if (code !== 0)
    throw new Error(`strata ${args.join(' ')} ended with exit code ${code}: ${said.toString().trim()}`);
  const result = JSON.parse(output.toString()) as Result;
  return { result, wallSeconds: (performance.now() - started) / 1000, peakBytes };
}
