/**
 * Probing in passes, where the disk is not to hold the caches of all checkpoints at once: some are extracted, probed, and
 * their caches deleted before the next ones are. `strata probe` keeps what it measured of those that are gone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpointsRecord } from '../../src/report/checkpoint-run.js';
import { RUN_FILE } from '../../src/report/run-record.js';
import type { Lab } from './lab.js';
import { commandText } from './strata-command.js';

/** A way of probing: further arguments of `strata probe`, and the folder of the run. */
export interface ProbeWay {
  readonly args: readonly string[];
  readonly out: string;
}

/** Checkpoints that are extracted and probed together. */
export interface Pass {
  readonly models: readonly string[];
  /** Where the cache of each lies in the folder of them all, and its run in theirs; one empty text for a cache alone. */
  readonly folders: readonly string[];
  readonly ways: readonly ProbeWay[];
}

/** What all passes share. */
export interface Passing {
  /** Further arguments of `strata extract`. */
  readonly extract: readonly string[];
  readonly cache: string;
  readonly passes: readonly Pass[];
}

/** What of a {@link Lab} the passes need. */
export type PassLab = Pick<Lab, 'list' | 'extract' | 'probe' | 'remove'>;

/** The commands of a pass. */
function commandsOf({ extract, cache }: Passing, { models, ways }: Pass) {
  const named = models.flatMap((model) => ['--model', model]);
  return {
    extract: [...extract, ...named, '--cache', cache],
    probes: ways.map(({ args, out }) => ['--cache', cache, '--out', out, ...args]),
  };
}

/** Lists the commands of the first pass, and of the others which models they are about. */
function list(lab: PassLab, passing: Passing): void {
  const [first, ...others] = passing.passes;
  if (first === undefined) return;
  const { extract, probes } = commandsOf(passing, first);
  const commands = [
    ['extract', ...extract],
    ...probes.map((probe) => ['probe', ...probe]),
    ['rm', passing.cache, '--yes'],
  ];
  for (const command of commands) lab.list(commandText(command));
  for (const { models } of others) lab.list(`# the same of --model ${models.join(' --model ')}`);
}

async function isProbed({ folders }: Pass, out: string): Promise<boolean> {
  if (folders[0] === '') return existsSync(join(out, RUN_FILE));
  const record = await readCheckpointsRecord(out);
  return folders.every((folder) => record?.checkpoints.some((one) => one.folder === folder) === true);
}

/** Does what is not done yet. A pass that was cut short goes on where it was; of one that is done the caches go. */
export async function probeInPasses(lab: PassLab, passing: Passing): Promise<void> {
  list(lab, passing);
  const { cache } = passing;
  for (const pass of passing.passes) {
    const { extract, probes } = commandsOf(passing, pass);
    const done = await Promise.all(pass.ways.map(({ out }) => isProbed(pass, out)));
    if (done.includes(false)) await lab.extract(extract, 'unlisted');
    for (const [at, probe] of probes.entries()) if (done[at] === false) await lab.probe(probe, 'unlisted');
    // Also where all was done: an earlier program may have been stopped before this.
    if (pass.folders.some((folder) => existsSync(join(cache, folder)))) await lab.remove(cache);
  }
}
