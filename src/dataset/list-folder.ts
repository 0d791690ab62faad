import { readdir } from 'node:fs/promises';
import { UserError } from '../errors.js';

/** The names in a folder that a user named. Throws a UserError where there is no such folder. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UserError(`folder not found: ${folder}`, { cause: error });
    if (code === 'ENOTDIR') throw new UserError(`not a folder: ${folder}`, { cause: error });
    throw error;
  }
}
