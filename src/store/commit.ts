import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import { DamagedCacheError } from '../errors.js';
import type { WrittenFile } from './column.js';
import { durableRename, syncFolders } from './durable-rename.js';
import { writeHashedFile } from './hashed-file.js';
import { commitFileOf, fileOfCommit } from './layout.js';
import { sealJson, unsealJson } from './sealed-json.js';
import { temporaryPath } from './temporary.js';

export { removeAbandonedTemporaries, temporaryPath } from './temporary.js';

const READS_AT_ONCE = 32;
const READS_IN_GROUP = 64;

/** What lists a file as complete and true. `file` is relative to the cache, with `/`. */
export interface CommitRecord {
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** The commit records of a cache, by file. */
export type Commits = ReadonlyMap<string, CommitRecord>;

const commitRecordSchema = z.strictObject({
  file: z.string(),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * Makes a finished file part of the cache: renames it to `file` and then writes its commit record, each
 * durably, so that a crash at any point leaves the file listed and whole, or not listed. A file that is
 * listed already is replaced by its equal.
 *
 * @param written - what the writer returned: a file on the cache's own file system (see temporaryPath).
 * @throws Error when `file` is listed with other bytes: results that should be the same are not.
 */
export async function commit(
  cacheDirectory: string,
  { path, rows, bytes, sha256 }: WrittenFile,
  file: string,
): Promise<CommitRecord> {
  const record: CommitRecord = { file, rows, bytes, sha256 };
  const listed = await readCommit(cacheDirectory, file);
  if (listed !== undefined && listed.sha256 !== sha256) throw differentBytes(listed, record);
  await durableRename(path, join(cacheDirectory, file), cacheDirectory);
  const temporary = temporaryPath(cacheDirectory, commitFileOf(file));
  await writeHashedFile(temporary, Buffer.from(sealJson({ ...record })), 1);
  await durableRename(temporary, join(cacheDirectory, commitFileOf(file)), cacheDirectory);
  return record;
}

function differentBytes(listed: CommitRecord, record: CommitRecord): Error {
  return new Error(
    `${record.file} is in the cache with sha256 ${listed.sha256.slice(0, 12)}, and was computed again with ` +
      `${record.sha256.slice(0, 12)}: the two machines or versions do not compute the same numbers`,
  );
}

/** Whether `file` is listed as complete. Looks at the record only. */
export async function isCommitted(cacheDirectory: string, file: string): Promise<boolean> {
  return (await readCommit(cacheDirectory, file)) !== undefined;
}

/** Every commit record of the cache, by file, in the order of the file names. */
export async function readCommits(cacheDirectory: string): Promise<Commits> {
  const limit = pLimit(READS_AT_ONCE);
  const groups = groupsOf(await listCommitFiles(cacheDirectory));
  const records = await limit.map(groups, (group) => readGroup(cacheDirectory, group));
  return new Map(records.flat().map((record) => [record.file, record]));
}

/** Tens of thousands of tasks would cost more than the reads. */
function groupsOf(files: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(files.length / READS_IN_GROUP) }, (_, group) =>
    files.slice(group * READS_IN_GROUP, (group + 1) * READS_IN_GROUP),
  );
}

async function readGroup(cacheDirectory: string, commitFiles: readonly string[]): Promise<CommitRecord[]> {
  const records: CommitRecord[] = [];
  for (const commitFile of commitFiles) {
    const record = await readCommit(cacheDirectory, fileOfCommit(commitFile)!);
    if (record) records.push(record);
  }
  return records;
}

/** The paths of all commit records, sorted. Temporary and foreign files are not among them. */
export async function listCommitFiles(cacheDirectory: string): Promise<string[]> {
  const files = await listFiles(cacheDirectory, 'commits');
  return files.filter((file) => fileOfCommit(file) !== undefined);
}

/** The files under a folder of the cache, relative to the cache, sorted; none when the folder is missing. */
export async function listFiles(cacheDirectory: string, folder: string): Promise<string[]> {
  try {
    const entries = await readdir(join(cacheDirectory, folder), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(cacheDirectory, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * The commit record of one file; undefined when it is not listed.
 *
 * @throws DamagedCacheError when a byte of the record is not as written.
 */
export async function readCommit(cacheDirectory: string, file: string): Promise<CommitRecord | undefined> {
  const path = join(cacheDirectory, commitFileOf(file));
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const record = commitRecordSchema.safeParse(unsealJson(path, bytes));
  if (!record.success) throw new DamagedCacheError(path, 'not a commit record', { cause: record.error });
  if (record.data.file !== file) throw new DamagedCacheError(path, `a record of ${record.data.file}`);
  return record.data;
}

/** Takes files out of the cache: their records first, so that none is ever listed without being there. */
export async function uncommit(cacheDirectory: string, files: readonly string[]): Promise<void> {
  await removeDurably(cacheDirectory, files.map(commitFileOf));
  await removeDurably(cacheDirectory, files);
}

async function removeDurably(cacheDirectory: string, files: readonly string[]): Promise<void> {
  const folders = new Set<string>();
  for (const file of files) {
    const path = join(cacheDirectory, file);
    await rm(path, { force: true });
    folders.add(dirname(path));
  }
  for (const folder of folders) {
    if (await exists(folder)) await syncFolders(folder, folder);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
