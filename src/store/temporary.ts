import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readlinkSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';

const PROCESS_NAMESPACE = '/proc/self/ns/pid';
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Where process ids mean this process: the host, and on Linux its container's own process table.
 * Twelve hexadecimal digits.
 */
const here = createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 12);

function processNamespace(): string {
  return existsSync(PROCESS_NAMESPACE) ? readlinkSync(PROCESS_NAMESPACE) : '';
}

/**
 * A path of its own for each call, on the cache's file system and out of sight of those who read `features/`
 * and `samples/`: `<cache>/tmp/<host>.<pid>.<random>.part-00000.arrow`. Makes nothing.
 */
export function temporaryPath(cacheDirectory: string, file: string): string {
  return join(
    cacheDirectory,
    'tmp',
    `${here}.${process.pid}.${randomBytes(6).toString('hex')}.${basename(file)}`,
  );
}

/** The names in `<cache>/tmp`, sorted. */
export async function listTemporaries(cacheDirectory: string): Promise<string[]> {
  try {
    return (await readdir(join(cacheDirectory, 'tmp'))).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Deletes the temporary files that nobody will finish: those of processes of this host that are gone, and
 * those older than a day. Returns their names.
 */
export async function removeAbandonedTemporaries(cacheDirectory: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await listTemporaries(cacheDirectory)) {
    const path = join(cacheDirectory, 'tmp', name);
    if (!(await isAbandoned(path))) continue;
    await rm(path, { force: true, recursive: true });
    removed.push(name);
  }
  return removed;
}

async function isAbandoned(path: string): Promise<boolean> {
  const [host, pid] = basename(path).split('.');
  if (host === here && /^\d+$/.test(pid ?? '')) return !isAlive(Number(pid));
  try {
    return Date.now() - (await stat(path)).mtimeMs > ABANDONED_AFTER_MS;
  } catch (error) {
    // Another process finished it in the meantime.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
