import { join } from 'node:path';
import { DamagedCacheError, messageOf } from '../errors.js';
import type { Split } from '../split.js';
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
  /** For each label set, the index in the manifest's classes; -1 for none. */
  readonly labels: Readonly<Record<string, Int32Array>>;
  /** What the model's own classifier said: null, NaN and 0 where it said nothing. */
  readonly modelPrediction: readonly (string | null)[];
  readonly modelLoss: Float64Array;
  readonly modelRank: Int32Array;
}

const COLUMNS = ['id', 'key', 'status', 'model_prediction', 'model_loss', 'model_rank'] as const;

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

async function readSplit(cache: Cache, split: Split): Promise<SampleTable> {
  const { samples, identity } = cache.manifest;
  const parts: Table[] = [];
  for (let shard = 0; shard < shardCount(samples[split], identity.shardRows); shard++) {
    parts.push(await readPart(cache, split, shard));
  }
  const column = (name: string) => parts.flatMap(({ columns }) => columns[name] as readonly TableValue[]);
  const ok = Uint8Array.from(column('status'), (status) => Number(status === 'ok'));
  return {
    rows: samples[split],
    ids: Int32Array.from(column('id'), Number),
    keys: column('key') as string[],
    ok,
    quarantined: ok.reduce((sum, one) => sum + 1 - one, 0),
    labels: Object.fromEntries(
      Object.entries(identity.labelSets).map(([name, { classes }]) => [
        name,
        classIndices(cache, classes, column(labelColumn(name))),
      ]),
    ),
    modelPrediction: column('model_prediction') as (string | null)[],
    modelLoss: Float64Array.from(column('model_loss'), (loss) => (loss === null ? Number.NaN : Number(loss))),
    modelRank: Int32Array.from(column('model_rank'), Number),
  };
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
