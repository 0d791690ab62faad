import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBListValue } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/fingerprint.js';
import { DTYPES, SHARD_FORMATS } from '../../src/store/column.js';
import { openShardWriter } from '../../src/store/shard-writer.js';
import { makeSmallCache, newFolder, smallSample } from './small-cache.js';

// Other programs open what strata writes, and see the values that were written, bit for bit.

const FEATURES = 3;
const ROWS = 70_000;
const KINDS = SHARD_FORMATS.flatMap((format) => DTYPES.map((dtype) => ({ format, dtype })));
type Kind = (typeof KINDS)[number];

/** Values that float16 holds too: signed zeros, subnormals, the extremes. */
const SPECIAL = [0, -0, 1, -65504, 65504, 2 ** -24, -(2 ** -24), 2 ** -14, 1 / 1024, 1.5];
const IDS = Int32Array.from({ length: ROWS }, (_, row) => row * 2);
const VALUES = Float32Array.from({ length: ROWS * FEATURES }, (_, at) => SPECIAL[at % SPECIAL.length]!);

/** The rows of a small cache by tap, reduction and split, sorted. */
const HIVE_ROWS = [
  ['block/add:1', 'average-pool'],
  ['block/add:1', 'random-subset:100'],
  ['out', 'average-pool'],
].flatMap((column) => [
  [...column, 'train', 8],
  [...column, 'valid', 2],
]);

let folder: string;
const shardPath = ({ format, dtype }: Kind) => join(folder, `${dtype}.${format}`);
const cachePath = ({ format, dtype }: Kind) => join(folder, `cache-${dtype}-${format}`);

beforeAll(async () => {
  folder = newFolder();
  for (const kind of KINDS) {
    const writer = await openShardWriter({ path: shardPath(kind), features: FEATURES, ...kind });
    await writer.append(IDS, VALUES);
    await writer.finish();
    await makeSmallCache({ directory: cachePath(kind), features: FEATURES, ...kind });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Object.is tells -0 from 0. */
function expectWritten(ids: readonly unknown[], values: readonly unknown[]): void {
  expect([ids.length, values.length]).toEqual([ROWS, ROWS * FEATURES]);
  expect(ids.findIndex((id, row) => id !== IDS[row])).toBe(-1);
  expect(values.findIndex((value, at) => !Object.is(value, VALUES[at]))).toBe(-1);
}

// Its binary is an optional package, which npm leaves out where it does not run.
const polars = await import('nodejs-polars').then(
  (module) => module.default,
  () => undefined,
);

describe.skipIf(!polars)('polars', () => {
  const pl = polars!;

  // It has no JavaScript numbers for halves in Parquet, whoever wrote them.
  it.each(KINDS.filter(({ format, dtype }) => format === 'arrow' || dtype === 'float32'))(
    'reads $format shards of $dtype',
    (kind) => {
      const bytes = readFileSync(shardPath(kind));
      const records = (kind.format === 'arrow' ? pl.readIPC(bytes) : pl.readParquet(bytes)).toRecords();
      expectWritten(
        records.map(({ id }) => id),
        records.flatMap(({ features }) => features),
      );
    },
  );

  it('reads a folder of Parquet shards with tap, reduction and split as columns', async () => {
    const path = join(cachePath({ format: 'parquet', dtype: 'float32' }), 'features/');
    const frame = await pl.scanParquet(path).collect();
    const counts = new Map<string, number>();
    for (const { tap, reduction, split } of frame.toRecords()) {
      const key = JSON.stringify([tap, reduction, split]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const rows = [...counts].map(([key, count]) => [...JSON.parse(key), count]);
    expect(rows.sort()).toEqual(HIVE_ROWS.toSorted());
  });
});

describe('DuckDB', () => {
  let duckdb: DuckDBConnection;
  beforeAll(async () => {
    duckdb = await (await DuckDBInstance.create()).connect();
  });
  afterAll(() => duckdb.closeSync());

  it.each(DTYPES)('reads Parquet shards of %s', async (dtype) => {
    const path = shardPath({ format: 'parquet', dtype });
    const reader = await duckdb.runAndReadAll(`select id, features from read_parquet('${path}')`);
    const [ids = [], lists = []] = reader.getColumns();
    expectWritten(
      ids,
      lists.flatMap((list) => (list as DuckDBListValue).items),
    );
  });

  it('reads a folder of Parquet shards with tap, reduction and split as columns', async () => {
    const path = join(cachePath({ format: 'parquet', dtype: 'float16' }), 'features/**/*.parquet');
    const reader = await duckdb.runAndReadAll(
      `select tap, reduction, split, count(*)::integer from read_parquet('${path}', hive_partitioning = true)
       group by all order by all`,
    );
    expect(reader.getRows()).toEqual(HIVE_ROWS);
  });

  it('reads the samples table, and joins it with features', async () => {
    const cache = cachePath({ format: 'parquet', dtype: 'float32' });
    const reader = await duckdb.runAndReadAll(
      `select id, key, label, "label_hue / tint", width, model_loss, status, reason, features[1], samples.split
       from read_parquet('${cache}/samples/**/*.parquet', hive_partitioning = true) as samples
       left join read_parquet('${cache}/features/tap=out/**/*.parquet') as shards using (id) order by id`,
    );
    const expected = [...Array(10).keys()].map((index) => {
      const { id, key, labels, width, modelLoss, status, reason } = smallSample('train', index);
      const first = status === 'ok' ? id / 4 : null;
      return [id, key, labels.label, labels['hue / tint'], width, modelLoss, status, reason, first, 'train'];
    });
    expect(reader.getRows().slice(0, 10)).toEqual(expected);
    expect(reader.getRows()).toHaveLength(13);
  });
});

const python = process.env.STRATA_PYTHON ?? resolve('.venv/bin/python');

function hasPyarrow(): boolean {
  try {
    execFileSync(python, ['-c', 'import pyarrow'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasPyarrow())('pyarrow, with the Python of STRATA_PYTHON or .venv', () => {
  let found: {
    shards: Record<string, Record<string, { ids: string; features: string }>>;
    hive: Record<string, unknown>;
  };
  const folders = () => KINDS.map((kind) => [join(cachePath(kind), 'features'), kind.format]);

  beforeAll(() => {
    const script = join(import.meta.dirname, 'read-shards.py');
    const input = JSON.stringify({ shards: KINDS.map(shardPath), folders: folders() });
    found = JSON.parse(execFileSync(python, [script], { input, encoding: 'utf8' }));
  });

  it('reads all shards, and so does its polars where it is installed', () => {
    const written = {
      ids: sha256Hex(Buffer.from(IDS.buffer)),
      features: sha256Hex(Buffer.from(VALUES.buffer)),
    };
    expect(Object.keys(found.shards)).toContain('pyarrow');
    for (const shards of Object.values(found.shards)) {
      expect(shards).toEqual(Object.fromEntries(KINDS.map((kind) => [shardPath(kind), written])));
    }
  });

  it('reads folders of shards with tap, reduction and split as columns', () => {
    expect(found.hive).toEqual(Object.fromEntries(folders().map(([path]) => [path, HIVE_ROWS])));
  });
});
