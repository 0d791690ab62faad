import { existsSync } from 'node:fs';
import { link, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DamagedCacheError, UserError } from '../errors.js';
import { canonicalJson, firstDifference, type Json, sha256Hex } from '../fingerprint.js';
import type { PerSplit } from '../split.js';
import { DTYPES, type Dtype, SHARD_FORMATS, type ShardFormat } from './column.js';
import { syncFolders } from './durable-rename.js';
import { writeHashedFile } from './hashed-file.js';
import { MANIFEST_FILE } from './layout.js';
import { sealJson, unsealJson } from './sealed-json.js';
import { temporaryPath } from './temporary.js';

/** A tap as the cache knows it: enough to order and draw it without the model. */
export interface ManifestTap {
  readonly name: string;
  readonly kind: string;
  readonly op: string;
  readonly shape: readonly number[];
  readonly depth: number;
  readonly inputs: readonly string[];
}

/** Everything that can change a number in the cache. Its sha256 is the cache's fingerprint. */
export interface CacheIdentity {
  readonly formatVersion: number;
  readonly dataset: { readonly [name: string]: Json };
  readonly labelSets: {
    readonly [name: string]: { readonly classes: readonly string[]; readonly sha256: string };
  };
  readonly decode: { readonly [name: string]: Json };
  readonly preprocess: { readonly [name: string]: Json };
  readonly model: { readonly [name: string]: Json };
  /** The class map of the model's own outputs, where it has one. */
  readonly classifier: { readonly [name: string]: Json } | null;
  readonly numerics: {
    readonly backend: string;
    readonly version: string;
    readonly compute: string;
    /** `compiled`; absent where the network is run op by op. */
    readonly forward?: string;
  };
  /** The seed of random-subset and random-projection. */
  readonly seed: number;
  readonly batch: number;
  readonly shardRows: number;
  readonly dtype: Dtype;
  readonly format: ShardFormat;
}

/** `manifest.json`: what a cache is. Immutable from the moment it exists. */
export interface Manifest {
  /** sha256 of the identity's canonical JSON. */
  readonly fingerprint: string;
  readonly identity: CacheIdentity;
  /** Short names for titles: not part of the fingerprint. */
  readonly names: { readonly dataset: string; readonly model: string };
  readonly samples: PerSplit<number>;
  /** Every tap of the model, whether it has features here or not: its topology, each tap after those it needs. */
  readonly taps: readonly ManifestTap[];
  /** What whoever reads the features has to know of the network, a sentence each: not part of the fingerprint. */
  readonly notes?: readonly string[];
}

/** The version of the format that this code writes and reads. */
export const FORMAT_VERSION = 1;

const json = z.record(z.string(), z.json());
const count = z.int().nonnegative();

const identitySchema = z.strictObject({
  formatVersion: z.literal(FORMAT_VERSION),
  dataset: json,
  labelSets: z.record(z.string(), z.strictObject({ classes: z.array(z.string()), sha256: z.string() })),
  decode: json,
  preprocess: json,
  model: json,
  classifier: json.nullable(),
  numerics: z.strictObject({
    backend: z.string(),
    version: z.string(),
    compute: z.string(),
    forward: z.string().optional(),
  }),
  seed: z.number(),
  batch: z.int().positive(),
  shardRows: z.int().positive(),
  dtype: z.enum(DTYPES),
  format: z.enum(SHARD_FORMATS),
});

/** What a {@link ManifestTap} is in a file. */
export const manifestTapSchema = z.strictObject({
  name: z.string(),
  kind: z.string(),
  op: z.string(),
  shape: z.array(count),
  depth: z.number(),
  inputs: z.array(z.string()),
});

/** What `manifest.json` must hold, besides its check. */
export const manifestSchema = z.strictObject({
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  identity: identitySchema,
  names: z.strictObject({ dataset: z.string(), model: z.string() }),
  samples: z.strictObject({ train: count, valid: count, test: count }),
  taps: z.array(manifestTapSchema),
  notes: z.array(z.string()).optional(),
});

/** Makes the manifest of a cache: what it is given, and the fingerprint of its identity. */
export function makeManifest(parts: Omit<Manifest, 'fingerprint'>): Manifest {
  return { fingerprint: fingerprintOf(parts.identity), ...parts };
}

function fingerprintOf(identity: CacheIdentity): string {
  return sha256Hex(canonicalJson(asJson(identity)));
}

/** An interface has no index signature, so TypeScript must be told that this one is JSON. */
function asJson(value: CacheIdentity | Manifest): { readonly [name: string]: Json } {
  return value as unknown as { readonly [name: string]: Json };
}

/** Whether a folder holds a manifest, whole or damaged. */
export function isCache(directory: string): boolean {
  return existsSync(join(directory, MANIFEST_FILE));
}

/**
 * Does nothing for a folder that holds a manifest, whole or damaged.
 *
 * @throws UserError when the folder is no cache.
 */
export function requireCache(directory: string): void {
  if (isCache(directory)) return;
  throw new UserError(`not a strata cache: ${directory} (it has no ${MANIFEST_FILE})`);
}

/**
 * Reads and checks a cache's manifest.
 *
 * @throws UserError when the folder is no cache, or one of another format version.
 * @throws DamagedCacheError when a byte of the manifest is not as written.
 */
export async function readManifest(directory: string): Promise<Manifest> {
  requireCache(directory);
  const path = join(directory, MANIFEST_FILE);
  return parseManifest(directory, path, unsealJson(path, await readFile(path)));
}

function parseManifest(directory: string, path: string, record: Json): Manifest {
  const version = z.looseObject({ identity: z.looseObject({ formatVersion: z.number() }) }).safeParse(record);
  const formatVersion = version.data?.identity.formatVersion;
  if (formatVersion !== undefined && formatVersion !== FORMAT_VERSION) {
    throw new UserError(
      `cache of another format version: ${directory} has ${formatVersion}, this strata reads ${FORMAT_VERSION}`,
    );
  }
  const parsed = manifestSchema.safeParse(record);
  if (!parsed.success)
    throw new DamagedCacheError(path, z.prettifyError(parsed.error), { cause: parsed.error });
  if (fingerprintOf(parsed.data.identity) !== parsed.data.fingerprint) {
    throw new DamagedCacheError(path, 'the fingerprint is not that of the identity');
  }
  return parsed.data;
}

/**
 * Makes the folder a cache with this manifest, or opens the one that is there. Of several processes that
 * try at once, one creates it and the others open it.
 *
 * @throws UserError when there is a cache with another fingerprint: names the first field that differs.
 */
export async function createOrOpenCache(
  directory: string,
  manifest: Manifest,
): Promise<'created' | 'opened'> {
  const created = !isCache(directory) && (await createManifest(directory, manifest));
  const found = await readManifest(directory);
  if (found.fingerprint !== manifest.fingerprint) throw otherCache(directory, found, manifest);
  return created ? 'created' : 'opened';
}

async function createManifest(directory: string, manifest: Manifest): Promise<boolean> {
  const path = join(directory, MANIFEST_FILE);
  const temporary = temporaryPath(directory, MANIFEST_FILE);
  await writeHashedFile(temporary, Buffer.from(sealJson(asJson(manifest))), 1);
  try {
    await link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!NO_HARD_LINKS.has(code ?? '')) throw error;
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolders(directory, directory);
  return true;
}

/** What file systems without hard links answer. There a rename does: those who race with one
 * fingerprint write the same bytes, and a loser with another one is told so when it reads the file. */
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

function otherCache(directory: string, found: Manifest, asked: Manifest): UserError {
  const difference = firstDifference(asJson(found.identity), asJson(asked.identity));
  return new UserError(
    `the cache ${directory} was made with another ${difference?.path}: it has ${shortened(difference?.left)}, ` +
      `asked for ${shortened(difference?.right)} (give another --cache, or the options it was made with)`,
  );
}

function shortened(value: Json | undefined): string {
  if (value === undefined) return 'none';
  const text = canonicalJson(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
