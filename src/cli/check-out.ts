import { readdir } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { CHECKPOINTS_FILE } from '../report/checkpoint-run.js';
import { MEASUREMENTS_FILE } from '../report/measurements.js';
import { STAGING_PREFIX } from '../report/report.js';
import { PARTS_FOLDER } from '../report/result-parts.js';
import { RUN_FILE } from '../report/run-record.js';

/** What is in a folder that may be none. */
async function namesIn(out: string): Promise<readonly string[]> {
  return await readdir(out).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new UserError(`out folder cannot be used: ${out} (${error.code})`, { cause: error });
  });
}

/**
 * Makes sure that a run of one cache may be written into a folder: it is empty, or has such a run.
 *
 * @throws UserError when it holds something else, which is not overwritten.
 */
export async function checkOut(out: string): Promise<void> {
  const found = await namesIn(out);
  const names = found.filter((name) => name !== PARTS_FOLDER && !name.startsWith(STAGING_PREFIX));
  if (names.includes(CHECKPOINTS_FILE))
    throw new UserError(`out folder holds a run of several checkpoints: ${out} (give another --out)`);
  if (names.length === 0 || names.includes(RUN_FILE) || names.includes(MEASUREMENTS_FILE)) return;
  throw new UserError(
    `out folder holds something other than a run: ${out} (${names[0]}; give another --out)`,
  );
}

/**
 * Makes sure that the runs of checkpoints may be written into a folder: it is empty, or has theirs.
 *
 * @param folders - where the run of each goes: `step=100`, `seed=1/step=100`.
 * @throws UserError when it holds something else, which is not overwritten.
 */
export async function checkCheckpointsOut(out: string, folders: readonly string[]): Promise<void> {
  const names = await namesIn(out);
  if (names.includes(CHECKPOINTS_FILE)) return;
  if (names.includes(RUN_FILE))
    throw new UserError(`out folder holds a run of one cache: ${out} (give another --out)`);
  const own = new Set(folders.map((folder) => folder.split('/')[0]));
  const other = names.find((name) => !own.has(name));
  if (other === undefined) return;
  throw new UserError(`out folder holds something other than a run: ${out} (${other}; give another --out)`);
}
