import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointConflict, checkpointText } from '../checkpoint.js';
import { UserError } from '../errors.js';
import { canonicalJson, firstDifference, type Json } from '../fingerprint.js';
import { type CheckpointResult, readCheckpointRun, readCheckpointsRecord } from '../report/checkpoint-run.js';
import { RUN_FILE, type RunRecord } from '../report/run-record.js';
import type { CheckpointCache } from '../store/find-caches.js';

/**
 * The checkpoints in the folder of a run whose caches are gone. Their results stay beside those of the caches that are
 * there, so that checkpoints can be probed one after the other where the disk does not hold all of their caches at once.
 * One whose own run was deleted as well is gone for good.
 */
export async function keptCheckpoints(
  out: string,
  caches: readonly CheckpointCache[],
): Promise<readonly CheckpointResult[]> {
  const record = await readCheckpointsRecord(out);
  if (record === undefined) return [];
  const there = new Set(caches.map(({ folder }) => folder));
  const checkpoints = record.checkpoints.filter(
    ({ folder }) => !there.has(folder) && existsSync(join(out, folder, RUN_FILE)),
  );
  return (await readCheckpointRun(out, { ...record, checkpoints })).results;
}

/** What of a run's options must be the same for its probes to stand beside those of another. */
function comparedOptions({ cache, out, memoryBytes, backend, ...others }: RunRecord['options']): Json {
  return { ...others };
}

/**
 * Makes sure that results kept from earlier can stand beside those to come: probed in the same way, and told apart.
 *
 * @param options - of the first checkpoint that is to be probed.
 * @throws UserError naming the option that differs, or the two checkpoints.
 */
export function requireProbedAlike(
  {
    out,
    kept,
    caches,
  }: {
    readonly out: string;
    readonly kept: readonly CheckpointResult[];
    readonly caches: readonly CheckpointCache[];
  },
  options: RunRecord['options'],
): void {
  const way = '(probe in the same way, give another --out, or delete that folder)';
  for (const { folder, run } of kept) {
    const difference = firstDifference(comparedOptions(run.options), comparedOptions(options));
    if (difference === undefined) continue;
    const [was, is] = [difference.left, difference.right].map((value) => canonicalJson(value ?? null));
    throw new UserError(
      `checkpoints cannot be compared: ${difference.path} was ${was} in ${join(out, folder)}, whose cache is gone, ` +
        `and is ${is} now ${way}`,
    );
  }
  const all = [...kept, ...caches].map((one) => ({ ...one, from: join(out, one.folder) }));
  const conflict = checkpointConflict(all);
  if (conflict !== undefined) throw new UserError(`checkpoints cannot be compared: ${conflict} ${way}`);
}

/** `step 0, seed 1 and 3 more stay in the report as probed earlier: their caches are gone`; undefined where there are none. */
export function keptLine(kept: readonly CheckpointResult[]): string | undefined {
  const [first, ...others] = kept;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? ' stays' : ` and ${others.length} more stay`;
  const whose = others.length === 0 ? 'its cache is gone' : 'their caches are gone';
  return `${checkpointText(first)}${more} in the report as probed earlier: ${whose}`;
}
