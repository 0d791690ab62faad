import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { StageTime } from '../../src/stage-clock.js';

const MOST_OUTPUT = 2 ** 28;

/** Runs the built command line with `--json` on two threads and returns what it printed. */
export async function runStrata<Result>(args: readonly string[]): Promise<Result> {
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: '2', OMP_NUM_THREADS: '2' };
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/cli/strata.cjs', ...args, '--json'], {
    env,
    maxBuffer: MOST_OUTPUT,
  });
  return JSON.parse(stdout) as Result;
}

/** What `strata extract --json` says. */
export interface Extracted {
  readonly samples: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly stages: readonly StageTime[];
}

/** The seconds that an extraction spent in one stage. */
export function secondsIn({ stages }: Extracted, stage: string): number {
  return stages.find((one) => one.stage === stage)?.seconds ?? Number.NaN;
}
