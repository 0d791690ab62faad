import { join } from 'node:path';
import { DamagedCacheError, InterruptedError } from '../errors.js';
import { type CommitRecord, type Commits, listCommitFiles, listFiles, readCommit } from './commit.js';
import { fileSha256 } from './file-sha256.js';
import {
  commitFileOf,
  fileOfCommit,
  MANIFEST_FILE,
  parseFeatureFile,
  parseSamplesFile,
  samplesFile,
} from './layout.js';
import { type Manifest, readManifest } from './manifest.js';
import { readSamples, type SampleRow } from './samples.js';
import { listTemporaries } from './temporary.js';

/** One thing that is wrong with a cache. `file` is relative to it. */
export interface VerifyProblem {
  readonly file: string;
  readonly problem: string;
}

/** What {@link verifyCache} found. */
export interface VerifyReport {
  /** The files checked and their bytes. */
  readonly files: number;
  readonly bytes: number;
  readonly problems: readonly VerifyProblem[];
  /** Files that no record lists, and temporaries: of interrupted runs, or runs that are not done. No damage. */
  readonly leftovers: readonly string[];
}

/** What {@link verifyCache} may be given: `onFile` is called after each file. */
export interface VerifyOptions {
  readonly onFile?: (file: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Checks a whole cache: the manifest, every commit record, every listed file's presence, size and sha256, and that
 * feature shards have the rows that their samples part says. Goes on after a problem.
 *
 * @throws UserError when the folder is no cache.
 * @throws InterruptedError when the signal was aborted.
 */
export async function verifyCache(
  cacheDirectory: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  return await new Verification(cacheDirectory, options).run();
}

class Verification {
  readonly #problems: VerifyProblem[] = [];
  readonly #okRows = new Map<string, number>();
  #files = 0;
  #bytes = 0;

  constructor(
    readonly directory: string,
    readonly options: VerifyOptions,
  ) {}

  async run(): Promise<VerifyReport> {
    const manifest = await this.#guard(MANIFEST_FILE, () => readManifest(this.directory));
    this.#counted(MANIFEST_FILE, 0);
    const commits = await this.#readCommits();
    for (const record of commits.values()) await this.#checkFile(record);
    if (manifest) await this.#countOkRows(manifest, commits);
    for (const record of commits.values()) this.#checkRows(record, commits);
    return {
      files: this.#files,
      bytes: this.#bytes,
      problems: this.#problems,
      leftovers: await this.#leftovers(),
    };
  }

  async #readCommits(): Promise<Commits> {
    const commits = new Map<string, CommitRecord>();
    for (const commitFile of await listCommitFiles(this.directory)) {
      const file = fileOfCommit(commitFile)!;
      const record = await this.#guard(commitFile, () => readCommit(this.directory, file));
      if (record) commits.set(file, record);
      this.#counted(commitFile, 0);
    }
    return commits;
  }

  async #checkFile({ file, bytes, sha256 }: CommitRecord): Promise<void> {
    const found = await this.#guard(file, () => fileSha256(join(this.directory, file)));
    if (found && found.bytes !== bytes) this.#add(file, `${found.bytes} bytes, recorded ${bytes}`);
    else if (found && found.sha256 !== sha256) this.#add(file, 'its sha256 is not the recorded one');
    this.#counted(file, found?.bytes ?? 0);
  }

  async #countOkRows({ identity }: Manifest, commits: Commits): Promise<void> {
    const damaged = new Set(this.#problems.map(({ file }) => file));
    for (const { file, rows } of commits.values()) {
      if (!parseSamplesFile(file) || damaged.has(file)) continue;
      const names = Object.keys(identity.labelSets);
      const samples = await this.#guard(file, () => readSamples(join(this.directory, file), names));
      if (!samples) continue;
      if (samples.length !== rows) this.#add(file, `${samples.length} rows, recorded ${rows}`);
      this.#okRows.set(file, samples.filter(isOk).length);
    }
  }

  #checkRows({ file, rows }: CommitRecord, commits: Commits): void {
    const shard = parseFeatureFile(file);
    if (!shard) return;
    const samples = samplesFile(shard.split, shard.shard);
    const expected = this.#okRows.get(samples);
    if (!commits.has(samples)) this.#add(file, `its samples part is not listed: ${samples}`);
    else if (expected !== undefined && expected !== rows) {
      this.#add(file, `${rows} rows, but ${expected} samples in ${samples}`);
    }
  }

  async #leftovers(): Promise<string[]> {
    const files = [
      ...(await listFiles(this.directory, 'features')),
      ...(await listFiles(this.directory, 'samples')),
    ];
    const records = new Set(await listCommitFiles(this.directory));
    const temporaries = await listTemporaries(this.directory);
    return [
      ...files.filter((file) => !records.has(commitFileOf(file))),
      ...temporaries.map((name) => `tmp/${name}`),
    ];
  }

  /** Runs a check; damage and missing files become problems, and undefined is returned. */
  async #guard<T>(file: string, check: () => Promise<T>): Promise<T | undefined> {
    if (this.options.signal?.aborted) throw new InterruptedError('interrupted while verifying');
    try {
      return await check();
    } catch (error) {
      if (error instanceof DamagedCacheError) this.#add(file, problemOf(error));
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#add(file, 'missing');
      else throw error;
      return undefined;
    }
  }

  #add(file: string, problem: string): void {
    this.#problems.push({ file, problem });
  }

  #counted(file: string, bytes: number): void {
    this.#files += 1;
    this.#bytes += bytes;
    this.options.onFile?.(file);
  }
}

/** The error's message without the file, which the report names itself. */
function problemOf({ message, file }: DamagedCacheError): string {
  return message.slice(message.indexOf(file) + file.length + 2);
}

function isOk({ status }: SampleRow): boolean {
  return status === 'ok';
}
