import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ColumnName } from './column.js';
import { listFiles } from './commit.js';
import { syncFolders } from './durable-rename.js';
import { CACHE_FOLDERS, columnDirectory, MANIFEST_FILE } from './layout.js';
import { requireCache } from './manifest.js';

/**
 * Deletes a cache: what strata made in the folder, and the folder when nothing else is in it. Records go first, so
 * that a cache half removed lists nothing that is gone; the manifest goes last, so that it can be removed again.
 *
 * @throws UserError when the folder is no cache.
 */
export async function removeCache(directory: string): Promise<void> {
  requireCache(directory);
  await removeFolder(directory, 'commits');
  for (const folder of CACHE_FOLDERS) await removeFolder(directory, folder);
  await rm(join(directory, MANIFEST_FILE));
  await removeIfEmpty(directory);
}

/**
 * Deletes columns: their records, then their shards. The samples table stays.
 *
 * @throws UserError when the folder is no cache.
 */
export async function removeColumns(directory: string, columns: readonly ColumnName[]): Promise<void> {
  requireCache(directory);
  const folders = columns.map(columnDirectory);
  for (const folder of folders) await removeFolder(directory, `commits/${folder}`);
  for (const folder of folders) await removeFolder(directory, folder);
  for (const folder of folders) await removeEmptyTap(directory, folder);
}

async function removeFolder(directory: string, folder: string): Promise<void> {
  await rm(join(directory, folder), { recursive: true, force: true });
  await syncFolders(directory, directory);
}

/** The folder of a tap whose last column was deleted. */
async function removeEmptyTap(directory: string, column: string): Promise<void> {
  const tap = column.slice(0, column.lastIndexOf('/'));
  for (const folder of [tap, `commits/${tap}`]) {
    if ((await listFiles(directory, folder)).length === 0) await removeFolder(directory, folder);
  }
}

async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    // Something of the user's is in it.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

/** Deletes the folders that caches of checkpoints were in, as far as nothing is left in them. */
export async function removeEmptyFolders({
  directory,
  caches,
}: {
  readonly directory: string;
  readonly caches: readonly { readonly directory: string }[];
}): Promise<void> {
  const inner = new Set(
    caches.map((cache) => dirname(cache.directory)).filter((folder) => folder !== directory),
  );
  for (const folder of [...inner, directory]) await removeIfEmpty(folder);
}
