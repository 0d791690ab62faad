import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson, sha256Hex } from '../fingerprint.js';
import type { GraphDef } from './graph-def.js';

/** So many compiled graphs are kept, the last ones used: each is about as large as its network's weights. */
const MOST_GRAPHS = 8;

const record = z.strictObject({
  input: z.string(),
  outputs: z.record(z.string(), z.string()),
  /** Of the graph's bytes. */
  sha256: z.string(),
  /** Of everything above and of the key: which node is which output counts as much as the graph. */
  check: z.string(),
});

/** A folder of compiled graphs, each under the key of everything it was made from. */
export interface GraphStore {
  /** The graph under a key; undefined where it is not there, or not as it was written. */
  read(key: string): Promise<GraphDef | undefined>;
  /** Whether there is anything under a key, whole or damaged. */
  holds?(key: string): boolean;
  write(key: string, graph: GraphDef): Promise<void>;
}

function checkOf(key: string, { input, outputs }: Omit<GraphDef, 'bytes'>, sha256: string): string {
  return sha256Hex(canonicalJson([key, input, { ...outputs }, sha256]));
}

async function readGraph(folder: string, key: string): Promise<GraphDef | undefined> {
  const [head, body] = [join(folder, `${key}.json`), join(folder, `${key}.pb`)];
  try {
    const { input, outputs, sha256, check } = record.parse(JSON.parse(await readFile(head, 'utf8')));
    if (check !== checkOf(key, { input, outputs }, sha256)) return undefined;
    const bytes = await readFile(body);
    if (sha256Hex(bytes) !== sha256) return undefined;
    // A folder that may only be read is as good, but for the order in which graphs are removed.
    await utimes(head, new Date(), new Date()).catch(() => undefined);
    return { bytes, input, outputs };
  } catch {
    // Missing, cut short or of another version: it is made again and written over.
    return undefined;
  }
}

async function replace(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, data);
    // A folder in the place of the file would be in the way for ever.
    if ((await stat(path).catch(() => undefined))?.isDirectory()) await rm(path, { recursive: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Files that are still being written are no older than this: an hour. */
const MOST_MS = 3_600_000;

/** Removes what processes that were killed left half written. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((one) => one.endsWith('.tmp'))) {
    const path = join(folder, name);
    // Another process may have just renamed it.
    const time = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - time > MOST_MS) await rm(path, { force: true });
  }
}

async function removeOldest(folder: string): Promise<void> {
  const heads = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const times = await Promise.all(heads.map(async (name) => (await stat(join(folder, name))).mtimeMs));
  const old = heads.map((name, at) => ({ name, time: times[at]! })).sort((a, b) => b.time - a.time);
  for (const { name } of old.slice(MOST_GRAPHS)) {
    await rm(join(folder, name), { force: true });
    await rm(join(folder, name.replace(/json$/, 'pb')), { force: true });
  }
}

/** Opens a store in a folder, which is made when it is needed. Any number of processes may share it. */
export function graphStore(folder: string): GraphStore {
  return {
    read: (key) => readGraph(folder, key),
    holds: (key) => ['json', 'pb'].some((ending) => existsSync(join(folder, `${key}.${ending}`))),
    async write(key, { bytes, input, outputs }) {
      await mkdir(folder, { recursive: true });
      await replace(join(folder, `${key}.pb`), bytes);
      const sha256 = sha256Hex(bytes);
      const check = checkOf(key, { input, outputs }, sha256);
      await replace(join(folder, `${key}.json`), JSON.stringify({ input, outputs, sha256, check }));
      await removeUnfinished(folder);
      await removeOldest(folder);
    },
  };
}
