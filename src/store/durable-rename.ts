import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';

/**
 * Renames a finished file into a cache so that a power cut cannot take it back: makes the folders it needs,
 * renames, and syncs every folder from the file's own up to `root`.
 */
export async function durableRename(from: string, to: string, root: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  await syncFolders(dirname(to), root);
}

/** Syncs `folder` and those above it, up to and with `root`. */
export async function syncFolders(folder: string, root: string): Promise<void> {
  for (const each of foldersUpTo(folder, root)) await syncFolder(each);
}

function foldersUpTo(folder: string, root: string): string[] {
  const depth = relative(root, folder)
    .split(sep)
    .filter((part) => part !== '').length;
  const folders = [folder];
  for (let level = 0; level < depth; level++) folders.push(dirname(folders.at(-1)!));
  return folders;
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder as a file, and has no such sync.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
