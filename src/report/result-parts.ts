import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { messageOf } from '../errors.js';
import { type Json, sha256Hex } from '../fingerprint.js';
import type { ColumnResult } from '../probe/assemble-column.js';
import { type KeptResults, resultOf } from '../probe/kept-results.js';
import type { ProbeLabelSet } from '../probe/probe-labels.js';
import type { Cache, CachedColumn } from '../read/cache.js';
import { removeAbandonedTemporaries, temporaryPath } from '../store/commit.js';
import { durableRename } from '../store/durable-rename.js';
import { writeHashedFile } from '../store/hashed-file.js';
import { columnKey, labelSetKey } from './result-key.js';

/** The folder of a run's directory that keeps what is trained, column by column, while the run goes on and after it. */
export const PARTS_FOLDER = 'parts';

const SHA256_BYTES = 32;

/** What one label set came to, and the key of the label set. */
interface Part {
  readonly key: string;
  readonly result: ColumnResult;
}

/** What {@link openParts} is told. */
export interface PartsOptions {
  readonly cache: Cache;
  /** How the probes are trained: whatever changes a number but for the rounding, and is neither column nor labels. */
  readonly training: Json;
  /** True takes no results from earlier runs; those that are trained are kept all the same. */
  readonly fresh?: boolean;
  /** Told of a file that is not as it was written, and so is not used. */
  readonly onDamage?: (message: string) => void;
}

/**
 * Keeps the results of a run in its directory, a file for each column and way of training:
 *
 *     parts/<columnKey>.part    sha256 of the rest (32 bytes), then [{ key, result }] as node:v8 serialises it,
 *                               one for each label set that was ever trained, `key` being its `labelSetKey`
 *
 * A file is replaced at once, durably, so it is whole or the one before. It changes when more label sets are trained.
 * Files of other options or other caches are left: they may be asked for again. Deleting the folder costs training
 * them again and nothing else. What a killed process was writing is deleted.
 */
export async function openParts(runDirectory: string, options: PartsOptions): Promise<KeptResults> {
  const directory = join(runDirectory, PARTS_FOLDER);
  await removeAbandonedTemporaries(directory);
  const { cache, training, fresh = false, onDamage = () => {} } = options;
  const fileOf = (column: CachedColumn) => join(directory, `${columnKey(cache, column, training)}.part`);
  return {
    async find(column, labelSets) {
      const parts = fresh ? [] : await readParts(fileOf(column), onDamage);
      return new Map(labelSets.flatMap((set) => foundIn(parts, set)));
    },
    async keep(column, labelSets, result) {
      const file = fileOf(column);
      const trained = labelSets.map((set) => ({ key: labelSetKey(set), result: resultOf(result, set.name) }));
      const others = (await readParts(file, onDamage)).filter(
        ({ key }) => !trained.some((one) => one.key === key),
      );
      await writeParts(directory, file, [...others, ...trained]);
    },
  };
}

function foundIn(parts: readonly Part[], set: ProbeLabelSet): [string, ColumnResult][] {
  const key = labelSetKey(set);
  return parts.filter((part) => part.key === key).map(({ result }) => [set.name, result]);
}

async function writeParts(directory: string, file: string, parts: readonly Part[]): Promise<void> {
  const data = serialize(parts);
  const temporary = temporaryPath(directory, file);
  try {
    await writeHashedFile(temporary, Buffer.concat([Buffer.from(sha256Hex(data), 'hex'), data]), 0);
    await durableRename(temporary, file, directory);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function readParts(file: string, onDamage: (message: string) => void): Promise<readonly Part[]> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (bytes === undefined) return [];
  const data = bytes.subarray(SHA256_BYTES);
  try {
    if (sha256Hex(data) !== bytes.toString('hex', 0, SHA256_BYTES))
      throw new Error('its checksum is another');
    return deserialize(data) as Part[];
  } catch (error) {
    onDamage(`kept results are damaged, and trained again: ${file} (${messageOf(error)})`);
    await rm(file, { force: true });
    return [];
  }
}
