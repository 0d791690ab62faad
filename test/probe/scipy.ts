import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The Python of the tests. */
export const python = process.env.STRATA_PYTHON ?? '.venv/bin/python';

/** Whether there is a Python with scipy to compare with. */
export const hasScipy =
  (existsSync(python) || !python.includes('/')) && spawnSync(python, ['-c', 'import scipy']).status === 0;

/** Runs a script that reads `given` as JSON from its standard input and prints JSON. */
export function scipy(script: string, given: unknown): unknown {
  return JSON.parse(execFileSync(python, ['-c', script], { input: JSON.stringify(given) }).toString());
}
