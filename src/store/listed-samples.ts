import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DamagedCacheError } from '../errors.js';
import { readCommit } from './commit.js';
import { parseSamples, type SampleRow } from './samples.js';

/**
 * Reads a listed part of the samples table, with the label sets named, after checking it against its commit record.
 *
 * @param file - relative to the cache: a samplesFile.
 * @throws DamagedCacheError when it is not listed, missing or altered.
 */
export async function readListedSamples(
  cacheDirectory: string,
  file: string,
  labelSets: readonly string[],
): Promise<SampleRow[]> {
  const path = join(cacheDirectory, file);
  const record = await readCommit(cacheDirectory, file);
  if (record === undefined) throw new DamagedCacheError(path, 'its commit record is missing');
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new DamagedCacheError(path, 'missing', { cause: error }) : error;
  });
  if (createHash('sha256').update(bytes).digest('hex') !== record.sha256) {
    throw new DamagedCacheError(path, 'its sha256 is not the recorded one');
  }
  return await parseSamples(path, bytes, labelSets);
}
