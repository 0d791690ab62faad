import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The root of the clone. */
export const PROJECT = join(import.meta.dirname, '..', '..');

/** A short hash of project files and of whatever else decides a result: equal keys mean nothing to do. */
export function contentKey(files: readonly string[], ...others: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(others));
  for (const file of files) hash.update(`\0${relative(PROJECT, file)}\0`).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
