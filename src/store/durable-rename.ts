import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import pLimit from 'p-limit';

const AT_ONCE = 8;

/** A file's path before and after. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** {@link durableRenames} for one file. */
export async function durableRename(from: string, to: string, root: string): Promise<void> {
  await durableRenames([{ from, to }], root);
}

/** The folders that no power cut can take any more, entry by entry up to a root, and what they were by {@link identityOf}. */
const durable = new Map<string, string>();

/**
 * Renames finished files into a cache so that a power cut cannot take them back: makes the folders they need,
 * renames, and then syncs the files' folders, each once. The folders above them, up to `root`, are synced too, but
 * once in a process and not for every file. Until it resolves, any of the files may be in either place.
 */
export async function durableRenames(renames: readonly Rename[], root: string): Promise<void> {
  const changed = new Set<string>();
  const fresh = new Map<string, string>();
  await forEach(new Set(renames.map(({ to }) => dirname(to))), async (folder) => {
    changed.add(folder);
    const key = JSON.stringify([root, folder]);
    const known = durable.get(key);
    if (known !== undefined && known === (await identityOf(folder))) return;
    await mkdir(folder, { recursive: true });
    fresh.set(key, await identityOf(folder));
    for (const above of foldersUpTo(folder, root)) changed.add(above);
  });
  await forEach(renames, ({ from, to }) => rename(from, to));
  await forEach(changed, syncFolder);
  for (const [key, identity] of fresh) durable.set(key, identity);
}

/** Tells a folder from one that was made in its place after it was deleted, though it may have its inode. */
async function identityOf(folder: string): Promise<string> {
  try {
    const { dev, ino, birthtimeNs } = await stat(folder, { bigint: true });
    return `${dev} ${ino} ${birthtimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
    throw error;
  }
}

/** Does the work for all items, a few at a time. Rejects as the first that failed, when none is under way any more. */
export async function forEach<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const limit = pLimit(AT_ONCE);
  const results = await Promise.allSettled(Array.from(items, (item) => limit(work, item)));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
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
