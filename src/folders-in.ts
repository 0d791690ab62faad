import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';

async function namesIn(directory: string, fits: (entry: Dirent) => boolean): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter(fits)
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** The names of the folders in a folder, links included, sorted; none where there is no such folder. */
export function foldersIn(directory: string): Promise<readonly string[]> {
  return namesIn(directory, (entry) => entry.isDirectory() || entry.isSymbolicLink());
}

/** The names of the files in a folder, links included, sorted; none where there is no such folder. */
export function filesIn(directory: string): Promise<readonly string[]> {
  return namesIn(directory, (entry) => entry.isFile() || entry.isSymbolicLink());
}
