import { basename, join } from 'node:path';
import {
  type Checkpoint,
  checkpointConflict,
  checkpointOfFolder,
  compareCheckpoints,
  seedOfFolder,
} from '../checkpoint.js';
import { UserError } from '../errors.js';
import { foldersIn } from '../folders-in.js';
import { isCache, requireCache } from './manifest.js';

/** The cache of one checkpoint, in the folder of them all. */
export interface CheckpointCache extends Checkpoint {
  readonly directory: string;
  /** Its path in the folder: `step=100`, `seed=1/step=100`. Its run has the same in the folder of the runs. */
  readonly folder: string;
}

/** What a folder is: one cache, or the caches of a network's checkpoints by seed and step. */
export type FoundCaches =
  | { readonly kind: 'cache'; readonly directory: string }
  | { readonly kind: 'checkpoints'; readonly directory: string; readonly caches: readonly CheckpointCache[] };

/**
 * The paths, relative to a folder that is no cache itself, of the caches in it: in its folders, and in those of its
 * folders that are named by a seed.
 */
export async function listCaches(directory: string): Promise<readonly string[]> {
  if (isCache(directory)) return [];
  const outer = await foldersIn(directory);
  const runs = outer.filter((name) => seedOfFolder(name) !== null && !isCache(join(directory, name)));
  const inner = await Promise.all(
    runs.map(async (run) => (await foldersIn(join(directory, run))).map((name) => `${run}/${name}`)),
  );
  return [...outer, ...inner.flat()].filter((folder) => isCache(join(directory, folder)));
}

/**
 * Finds out what a folder is: a cache, or a folder that holds no manifest itself but the caches of checkpoints, by seed
 * and step in order.
 *
 * @throws UserError when it is neither, or its caches cannot be told apart by their folders' names.
 */
export async function findCaches(directory: string): Promise<FoundCaches> {
  const folders = await listCaches(directory);
  if (folders.length === 0) {
    requireCache(directory);
    return { kind: 'cache', directory };
  }
  const named = folders.map((folder) => {
    const [leaf = '', parent = ''] = folder.split('/').reverse();
    return { folder, said: checkpointOfFolder(parent, leaf) };
  });
  const known = named.flatMap(({ folder, said }) =>
    said === null ? [] : [{ ...said, folder, directory: join(directory, folder), from: folder }],
  );
  const nameless = named.find(({ said }) => said === null);
  const problem =
    nameless === undefined ? checkpointConflict(known) : `${nameless.folder} has no step in its name`;
  if (problem !== undefined)
    throw new UserError(`not the caches of one network's checkpoints: ${directory}: ${problem}`);
  const caches = known.map(({ from: _, ...cache }) => cache).sort(compareCheckpoints);
  return { kind: 'checkpoints', directory, caches };
}

/**
 * Makes sure that a folder may become a cache: it is one, or has no caches of checkpoints in it.
 *
 * @throws UserError when it has.
 */
export async function requireNoCheckpoints(directory: string): Promise<void> {
  const [first] = await listCaches(directory);
  if (first === undefined) return;
  throw new UserError(
    `the cache ${directory} is a folder of checkpoints' caches (${first} ...): give another --cache, or as --model the ` +
      'folder of all checkpoints',
  );
}

/**
 * Makes sure that a folder may hold the caches of checkpoints: it is no cache itself.
 *
 * @throws UserError when it is.
 */
export function requireNoCache(directory: string): void {
  if (!isCache(directory)) return;
  throw new UserError(
    `the cache ${directory} is that of one model: give another --cache for ${basename(directory)}'s checkpoints`,
  );
}
