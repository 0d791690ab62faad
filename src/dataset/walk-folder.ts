import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { LimitFunction } from 'p-limit';
import { sortByBytes } from './byte-order.js';

/** What certainly holds no image, by name. Everything else is decided later by its content. */
const NOT_IMAGES = /\.(txt|csv|tsv|json|xml|md|ya?ml|html?)$|^thumbs\.db$/i;

/** One level of a folder: its sub-folders and the files that may be images, each in byte order. */
export interface FolderLevel {
  readonly folders: readonly OpenFolder[];
  readonly files: readonly string[];
}

/** A folder, by the path it was found under, with the real paths of the folders it was reached through. */
export interface OpenFolder {
  readonly name: string;
  readonly path: string;
  readonly chain: readonly string[];
}

/** The folder to begin at. */
export async function openRoot(path: string): Promise<OpenFolder> {
  return { name: '', path, chain: [await realpath(path)] };
}

/**
 * Reads one level of a folder. Hidden names and obvious non-images are left out. Links are followed, except those to
 * a folder that the link itself lies in; a link to nothing counts as a file, which will fail when it is read.
 */
export async function readLevel(folder: OpenFolder, limit: LimitFunction): Promise<FolderLevel> {
  const entries = await limit(() => readdir(folder.path, { withFileTypes: true }));
  const folders = new Map<string, OpenFolder>();
  const files: string[] = [];
  const place = async (entry: Dirent): Promise<void> => {
    const kind = await entryKind(entry, folder, limit);
    if (kind === 'file' && !NOT_IMAGES.test(entry.name)) files.push(entry.name);
    if (typeof kind === 'object') folders.set(entry.name, kind);
  };
  const unclear: Promise<void>[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    if (entry.isFile()) {
      if (!NOT_IMAGES.test(entry.name)) files.push(entry.name);
    } else unclear.push(place(entry));
  }
  await Promise.all(unclear);
  // A folder's files have keys that go on with a slash: sorting by that puts all keys below it in byte order.
  const names = sortByBytes([...folders.keys()].map((name) => `${name}/`));
  return {
    folders: names.flatMap((name) => folders.get(name.slice(0, -1)) ?? []),
    files: sortByBytes(files),
  };
}

/** A sub-folder, `file`, or undefined for what is neither (a socket, a link back up). */
async function entryKind(
  entry: Dirent,
  parent: OpenFolder,
  limit: LimitFunction,
): Promise<OpenFolder | 'file' | undefined> {
  const path = join(parent.path, entry.name);
  if (entry.isDirectory()) {
    const real = join(parent.chain.at(-1) ?? '', entry.name);
    return { name: entry.name, path, chain: [...parent.chain, real] };
  }
  const target = await limit(() => stat(path)).catch(missing);
  if (target === undefined) return entry.isSymbolicLink() ? 'file' : undefined;
  if (target.isFile()) return 'file';
  if (!target.isDirectory()) return undefined;
  const real = await limit(() => realpath(path));
  if (parent.chain.some((above) => isInside(above, real))) return undefined;
  return { name: entry.name, path, chain: [...parent.chain, real] };
}

/** Undefined for what is not there; any other error goes on. */
export function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ELOOP') return undefined;
  throw error;
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * Every file below a folder that may be an image, as paths relative to it with forward slashes, in byte order
 * whatever order the file system gives them in.
 */
export async function walkFolder(folder: OpenFolder, limit: LimitFunction): Promise<string[]> {
  const { folders, files } = await readLevel(folder, limit);
  if (folders.length === 0) return [...files];
  const below = await Promise.all(
    folders.map(async (child) => (await walkFolder(child, limit)).map((name) => `${child.name}/${name}`)),
  );
  return sortByBytes([...files, ...below.flat()]);
}
