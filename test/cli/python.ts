import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

/** The Python that `make test` prepares. */
export const PYTHON = process.env.STRATA_PYTHON ?? '.venv/bin/python';

/** Whether it is there, with what the comparisons need; tests that want it skip elsewhere. */
export const HAS_PYTHON =
  existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import sklearn, pyarrow']).status === 0;

/** What scikit-learn makes of one probe that strata selected: see softmax_optimum.py. */
export interface Compared {
  readonly tap: string;
  readonly l2: number;
  readonly reported_train_loss: number;
  readonly ours: Fit;
  readonly sklearn: Fit;
  readonly sklearn_best_valid_error: number;
}

interface Fit {
  readonly objective: number;
  readonly train_loss: number;
  readonly valid_error: number;
  readonly test_error: number;
}

/** Fits the selected probes of a run again with scikit-learn. */
export async function softmaxOptimum(
  cache: string,
  run: string,
  l2: readonly number[] = [],
): Promise<readonly Compared[]> {
  const args = ['test/python/softmax_optimum.py', cache, run, ...l2.map(String)];
  const { stdout } = await promisify(execFile)(PYTHON, args, { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as Compared[];
}
