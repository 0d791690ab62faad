import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import { DamagedCacheError } from '../errors.js';
import type { WrittenFile } from './column.js';
import { durableRenames, forEach, type Rename, syncFolders } from './durable-rename.js';
import { writeHashedFile } from './hashed-file.js';
import { commitFileOf, fileOfCommit, parseSamplesFile } from './layout.js';
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

/** A finished file and the name it is to have in the cache. */
export interface FinishedFile {
  readonly file: string;
  /** What the writer returned: a file on the cache's own file system (see temporaryPath). */
  readonly result: WrittenFile;
}

/** {@link commitAll} for one file. */
export async function commit(
  cacheDirectory: string,
  result: WrittenFile,
  file: string,
): Promise<CommitRecord> {
  const [record] = await commitAll(cacheDirectory, [{ file, result }]);
  return record!;
}

/**
 * Makes finished files part of the cache: renames them and writes their commit records, then renames those, each
 * step durably and for all files together, so that folders are synced once and not once for each file. A crash at
 * any point leaves each file listed and whole, or not listed; the parts of the samples table are listed before the
 * rest, so that no feature shard is listed without its own. A file that is listed already is replaced by its equal.
 *
 * @throws Error when a file is listed with other bytes: results that should be the same are not. Nothing is changed.
 */
export async function commitAll(
  cacheDirectory: string,
  finished: readonly FinishedFile[],
): Promise<CommitRecord[]> {
  const listings = finished.map((each) => listingOf(cacheDirectory, each));
  await forEach(listings, ({ record }) => refuseOtherBytes(cacheDirectory, record));
  const moves = finished.map(({ file, result }) => ({ from: result.path, to: join(cacheDirectory, file) }));
  const steps = [() => durableRenames(moves, cacheDirectory), () => forEach(listings, writeRecord)];
  try {
    await forEach(steps, (step) => step());
    await durableRenames(listings.filter(isOfSamples), cacheDirectory);
    await durableRenames(
      listings.filter((listing) => !isOfSamples(listing)),
      cacheDirectory,
    );
  } catch (error) {
    await forEach(listings, ({ from }) => rm(from, { force: true }));
    throw error;
  }
  return listings.map(({ record }) => record);
}

/** A record, and where its text is before and after the file is listed. */
interface Listing extends Rename {
  readonly record: CommitRecord;
}

function listingOf(cacheDirectory: string, { file, result }: FinishedFile): Listing {
  const { rows, bytes, sha256 } = result;
  const commitFile = commitFileOf(file);
  return {
    record: { file, rows, bytes, sha256 },
    from: temporaryPath(cacheDirectory, commitFile),
    to: join(cacheDirectory, commitFile),
  };
}

function writeRecord({ record, from }: Listing): Promise<unknown> {
  return writeHashedFile(from, Buffer.from(sealJson({ ...record })), 1);
}

function isOfSamples({ record }: Listing): boolean {
  return parseSamplesFile(record.file) !== undefined;
}

async function refuseOtherBytes(cacheDirectory: string, record: CommitRecord): Promise<void> {
  const listed = await readCommit(cacheDirectory, record.file);
  if (listed === undefined || listed.sha256 === record.sha256) return;
  throw new Error(
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
