import { join } from 'node:path';
import { DamagedCacheError, messageOf } from '../errors.js';
import { type PerSplit, SPLITS, type Split } from '../split.js';
import { samplesFile, shardCount, shardRange } from '../store/layout.js';
import { labelColumn } from '../store/samples.js';
import { parseTable, type Table, type TableValue } from '../store/table.js';
import type { Cache } from './cache.js';
import { readVerified } from './verified-file.js';

/** The samples of a split, in the order of its listing, column by column. */
export interface SampleTable {
  readonly rows: number;
  readonly ids: Int32Array;
  readonly keys: readonly string[];
  /** 1 for a sample that has a feature row, 0 for a quarantined one. */
  readonly ok: Uint8Array;
  /** How many are quarantined. */
  readonly quarantined: number;
  /** The sha256 of each sample's source, (rows, 32) bytes; zeros where it could not be read. */
  readonly sha256: Uint8Array;
  /** For each label set, the index in the manifest's classes; -1 for none. */
  readonly labels: Readonly<Record<string, Int32Array>>;
  /** What the model's own classifier said: null, NaN and 0 where it said nothing. */
  readonly modelPrediction: readonly (string | null)[];
  readonly modelLoss: Float64Array;
  readonly modelRank: Int32Array;
}

/** Bytes of a sha256. */
export const SHA256_BYTES = 32;

const COLUMNS = [
  'id',
  'key',
  'status',
  'source_sha256',
  'model_prediction',
  'model_loss',
  'model_rank',
] as const;

const tables = new WeakMap<Cache, Partial<Record<Split, Promise<SampleTable>>>>();

/**
 * The samples of a split. Every part is checked against its commit record; the result is kept with the open cache.
 *
 * @throws UserError when a part is not there yet.
 * @throws DamagedCacheError when a part is missing, altered or no samples table.
 */
export function readSampleTable(cache: Cache, split: Split): Promise<SampleTable> {
  const known = tables.get(cache) ?? {};
  tables.set(cache, known);
  known[split] ??= readSplit(cache, split);
  return known[split];
}

/** {@link readSampleTable} of every split. */
export async function readSampleTables(cache: Cache): Promise<PerSplit<SampleTable>> {
  const [train, valid, test] = await Promise.all(SPLITS.map((split) => readSampleTable(cache, split)));
  return { train: train!, valid: valid!, test: test! };
}

/** Whether every part of the samples table is there. Reads nothing. */
export function hasAllSamples({ manifest, commits }: Cache): boolean {
  const { samples, identity } = manifest;
  return SPLITS.every((split) =>
    Array.from({ length: shardCount(samples[split], identity.shardRows) }, (_, shard) =>
      commits.has(samplesFile(split, shard)),
    ).every(Boolean),
  );
}

/** Part by part into arrays of numbers: as JavaScript values a million rows would take a gigabyte. */
async function readSplit(cache: Cache, split: Split): Promise<SampleTable> {
  const { samples, identity } = cache.manifest;
  const rows = samples[split];
  const ok = new Uint8Array(rows);
  const table = {
    ...{ rows, ok, ids: new Int32Array(rows), keys: new Array<string>(rows) },
    sha256: new Uint8Array(rows * SHA256_BYTES),
    labels: Object.fromEntries(Object.keys(identity.labelSets).map((name) => [name, new Int32Array(rows)])),
    modelPrediction: new Array<string | null>(rows),
    modelLoss: new Float64Array(rows),
    modelRank: new Int32Array(rows),
  };
  for (let shard = 0; shard < shardCount(rows, identity.shardRows); shard++) {
    const part = await readPart(cache, split, shard);
    fillPart(cache, table, part, shardRange(shard, rows, identity.shardRows).start);
  }
  return { ...table, quarantined: ok.reduce((sum, one) => sum + 1 - one, 0) };
}

function fillPart(
  cache: Cache,
  table: Omit<SampleTable, 'keys' | 'modelPrediction' | 'quarantined'> & {
    readonly keys: string[];
    readonly modelPrediction: (string | null)[];
  },
  { rows, columns }: Table,
  start: number,
): void {
  const column = (name: string) => columns[name] as readonly TableValue[];
  const ids = column('id');
  const [keys, status, sha256] = [column('key'), column('status'), column('source_sha256')];
  const digests = Buffer.from(table.sha256.buffer);
  const [prediction, loss, rank] = [column('model_prediction'), column('model_loss'), column('model_rank')];
  for (let row = 0, at = start; row < rows; row++, at++) {
    table.ids[at] = Number(ids[row]);
    table.keys[at] = keys[row] as string;
    table.ok[at] = Number(status[row] === 'ok');
    digests.write((sha256[row] as string | null) ?? '', at * SHA256_BYTES, 'hex');
    table.modelPrediction[at] = prediction[row] as string | null;
    table.modelLoss[at] = loss[row] === null ? Number.NaN : Number(loss[row]);
    table.modelRank[at] = Number(rank[row]);
  }
  for (const [name, { classes }] of Object.entries(cache.manifest.identity.labelSets))
    table.labels[name]!.set(classIndices(cache, classes, column(labelColumn(name))), start);
}

async function readPart(cache: Cache, split: Split, shard: number): Promise<Table> {
  const { samples, identity } = cache.manifest;
  const file = samplesFile(split, shard);
  const path = join(cache.directory, file);
  const names = [...COLUMNS, ...Object.keys(identity.labelSets).map(labelColumn)];
  const table = await parseSamplesPart(path, await readVerified(cache, file), names);
  const { start, end } = shardRange(shard, samples[split], identity.shardRows);
  if (table.rows !== end - start) {
    throw new DamagedCacheError(path, `${table.rows} rows instead of ${end - start}`);
  }
  return table;
}

async function parseSamplesPart(path: string, bytes: Uint8Array, columns: readonly string[]): Promise<Table> {
  try {
    const table = await parseTable(bytes, { columns });
    const missing = columns.find((name) => table.columns[name] === undefined);
    if (missing !== undefined) throw new Error(`it has no column ${missing}`);
    return table;
  } catch (error) {
    throw new DamagedCacheError(path, messageOf(error), { cause: error });
  }
}

function classIndices(
  { directory }: Cache,
  classes: readonly string[],
  labels: readonly TableValue[],
): Int32Array {
  const index = new Map<TableValue, number>(classes.map((name, at) => [name, at]));
  return Int32Array.from(labels, (label) => {
    const found = label === null ? -1 : index.get(label);
    if (found === undefined) {
      throw new DamagedCacheError(join(directory, 'samples'), `the manifest has no class ${label}`);
    }
    return found;
  });
}

/** The ids of the samples that have a feature row: the ids of every column's rows, in their order. */
export function featureIds({ ids, ok }: SampleTable): Int32Array {
  return ids.filter((_, row) => ok[row] === 1);
}

/** The keys of the samples that have a feature row, in the order of {@link featureIds}. */
export function featureKeys({ keys, ok }: SampleTable): readonly string[] {
  return keys.filter((_, row) => ok[row] === 1);
}
