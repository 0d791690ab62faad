import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/fingerprint.js';
import { readTable, rowsOf, type TableColumn, type TableRow, writeTable } from '../../src/store/table.js';
import { newFolder } from './small-cache.js';

let folder: string;
let files = 0;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

const COLUMNS: readonly TableColumn[] = [
  { name: 'text', type: 'utf8' },
  { name: 'maybe_text', type: 'utf8', optional: true },
  { name: 'small', type: 'int32', optional: true },
  { name: 'large', type: 'int64' },
  { name: 'single', type: 'float', optional: true },
  { name: 'double', type: 'double' },
  { name: 'flag', type: 'boolean' },
  { name: 'maybe_flag', type: 'boolean', optional: true },
];

const text = fc.string({ unit: 'grapheme' }).filter((value) => value.isWellFormed());
const row = fc.record({
  text,
  maybe_text: fc.option(text),
  small: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  large: fc.maxSafeInteger(),
  single: fc.option(fc.float()),
  double: fc.double(),
  flag: fc.boolean(),
  maybe_flag: fc.option(fc.boolean()),
});

async function roundTrip(rows: readonly TableRow[]): Promise<TableRow[]> {
  const path = join(folder, `${files++}.parquet`);
  const written = await writeTable(path, COLUMNS, rows);
  const bytes = readFileSync(path);
  expect(written).toEqual({ path, rows: rows.length, bytes: bytes.length, sha256: sha256Hex(bytes) });
  return [...rowsOf(await readTable(path))];
}

describe('a table', () => {
  it('comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
        expect(await roundTrip(rows)).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  it('comes back over many row groups, from an asynchronous source', async () => {
    const rows = Array.from({ length: 40_000 }, (_, at) => ({ id: at, odd: at % 2 ? `k${at}` : null }));
    const columns: TableColumn[] = [
      { name: 'id', type: 'int32' },
      { name: 'odd', type: 'utf8', optional: true },
    ];
    const path = join(folder, 'x.parquet');
    await writeTable(
      path,
      columns,
      (async function* () {
        yield* rows;
      })(),
    );
    const table = await readTable(path);
    expect(table.rows).toBe(40_000);
    expect([...rowsOf(table)]).toEqual(rows);
  });

  it('is the same bytes for the same rows', async () => {
    const rows = fc.sample(row, { numRuns: 100, seed: 1 });
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    await writeTable(a, COLUMNS, rows);
    await writeTable(b, COLUMNS, rows.values());
    expect(readFileSync(a)).toEqual(readFileSync(b));
  });

  it('is read by the columns that are asked for', async () => {
    const path = join(folder, 'x');
    await writeTable(path, COLUMNS, fc.sample(row, 3));
    const { columns } = await readTable(path, { columns: ['flag', 'text', 'unknown'] });
    expect(Object.keys(columns)).toEqual(['text', 'flag']);
  });

  it.each([
    [{ name: 'n', type: 'int32' }, 1.5],
    [{ name: 'n', type: 'int32' }, 2 ** 31],
    [{ name: 'n', type: 'int64' }, 2 ** 53],
    [{ name: 'n', type: 'utf8' }, 3],
    [{ name: 'n', type: 'double' }, 'x'],
    [{ name: 'n', type: 'boolean' }, null],
  ] as const)('refuses what a column cannot hold, and leaves no file: %j %j', async (column, value) => {
    const path = join(folder, 'x');
    await expect(writeTable(path, [column], [{ n: value }])).rejects.toThrow(/column n cannot hold/);
    expect(existsSync(path)).toBe(false);
  });
});
