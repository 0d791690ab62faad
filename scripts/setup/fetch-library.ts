import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { userCache } from '../../src/backend/user-cache.js';
import { MissingPiece, tellingLine, tryCommand } from './run-command.js';
import { folderProblem, sealFolder } from './sealed-folder.js';
import { type LibraryVariant, pinnedVersion, wheelList, wheelPlatforms } from './tensorflow-variant.js';

/**
 * Where a variant of the library lies, or will lie, unpacked: `tensorflow/libtensorflow_cc.so.2`,
 * `tensorflow/include` and for GPUs `nvidia/`. A folder that exists was complete when it was made.
 */
export function libraryFolder(variant: LibraryVariant): string {
  return join(userCache(), `tensorflow-${variant}-${pinnedVersion(wheelList(variant))}-${process.arch}`);
}

/** What the names of unfinished folders in the user's cache begin with; those left for a day are removed. */
export const PARTIAL = 'partial-';
const ABANDONED_MS = 24 * 3600 * 1000;

async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(userCache())) {
    const path = join(userCache(), name);
    if (!name.startsWith(PARTIAL)) continue;
    if (Date.now() - (await stat(path)).mtimeMs > ABANDONED_MS)
      await rm(path, { recursive: true, force: true });
  }
}

// pip says of an index that it cannot reach, in the end, that it has no such package.
const UNREACHABLE =
  /Retrying .* after connection broken|Failed to establish a new connection|Connection to \S+ timed out/;

async function download(python: string, variant: LibraryVariant, folder: string): Promise<void> {
  const platforms = wheelPlatforms(variant, process.platform, process.arch);
  const { code, output } = await tryCommand(python, [
    ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--no-cache-dir'],
    ...['--require-hashes', '-r', wheelList(variant)],
    ...['--retries', '1', '--timeout', '20', '--progress-bar', 'off'],
    ...['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'none'],
    ...platforms.flatMap((platform) => ['--platform', platform]),
    ...['--dest', folder],
  ]);
  if (code === 0) return;
  const why = UNREACHABLE.test(output) ? 'its package index cannot be reached' : tellingLine(output);
  throw new MissingPiece(`pip could not download it (${why})`);
}

async function unpack(python: string, wheels: string, target: string): Promise<void> {
  const script = join(import.meta.dirname, 'unpack_wheels.py');
  const { code, output } = await tryCommand(python, [script, wheels, target]);
  if (code !== 0) throw new MissingPiece(`the wheel could not be unpacked (${tellingLine(output)})`);
}

/**
 * Downloads and unpacks a variant of the TensorFlow library into the user's cache, once for all clones.
 *
 * The work is done in a folder of its own and renamed at the end, so that it may be killed at any moment
 * and several set-ups may run at once. pip checks the sha256 of every wheel. A folder that is there is checked by its content,
 * and fetched again where it is damaged.
 *
 * @throws MissingPiece when the download or the unpacking does not succeed.
 */
export async function fetchLibrary(variant: LibraryVariant, python: string): Promise<void> {
  const target = libraryFolder(variant);
  const isThere = existsSync(target);
  if (isThere && (await folderProblem(target, 'content')) === undefined) return;
  await mkdir(userCache(), { recursive: true });
  await removeAbandoned();
  const work = await mkdtemp(join(userCache(), PARTIAL));
  try {
    await download(python, variant, join(work, 'wheels'));
    await unpack(python, join(work, 'wheels'), join(work, 'library'));
    await sealFolder(join(work, 'library'));
    if (isThere) await rm(target, { recursive: true, force: true });
    await rename(join(work, 'library'), target);
  } catch (error) {
    // Another set-up may have put the same folder there meanwhile.
    if (!existsSync(target) || (await folderProblem(target, 'content')) !== undefined) throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
