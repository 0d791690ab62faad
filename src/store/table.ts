import { readFile } from 'node:fs/promises';
import { parquetMetadata, parquetRead, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { WrittenFile } from './column.js';
import { HashedFile } from './hashed-file.js';
import { PARQUET_MAGIC } from './parquet-file.js';
import { type TableColumn, TableEncoder, type TableRow, type TableValue } from './table-encoder.js';

export type { TableColumn, TableRow, TableType, TableValue } from './table-encoder.js';

/** A table in memory, column by column. */
export interface Table {
  readonly rows: number;
  readonly columns: Readonly<Record<string, readonly TableValue[]>>;
}

const ROW_GROUP_ROWS = 16_384;

/**
 * Writes a new Parquet file of scalars in row groups of 16,384 rows: equal rows give equal bytes. Synced to the
 * disk. Deletes the file when a row cannot be written.
 *
 * @throws TypeError for a value that its column cannot hold.
 */
export async function writeTable(
  path: string,
  columns: readonly TableColumn[],
  rows: Iterable<TableRow> | AsyncIterable<TableRow>,
): Promise<WrittenFile> {
  const file = await HashedFile.create(path);
  try {
    return await writeRows(file, columns, rows);
  } catch (error) {
    await file.abort();
    throw error;
  }
}

async function writeRows(
  file: HashedFile,
  columns: readonly TableColumn[],
  rows: Iterable<TableRow> | AsyncIterable<TableRow>,
): Promise<WrittenFile> {
  const encoder = new TableEncoder(columns);
  await file.write([PARQUET_MAGIC]);
  let count = 0;
  for await (const group of groupsOf(rows)) {
    await file.write(encoder.rowGroup(file.bytes, group));
    count += group.length;
  }
  return await file.finish(count, encoder.footer());
}

async function* groupsOf(rows: Iterable<TableRow> | AsyncIterable<TableRow>): AsyncGenerator<TableRow[]> {
  let group: TableRow[] = [];
  for await (const row of rows) {
    group.push(row);
    if (group.length < ROW_GROUP_ROWS) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Reads a Parquet file of scalars, of whatever writer: all columns, or those named that it has. */
export async function readTable(path: string, options: { columns?: readonly string[] } = {}): Promise<Table> {
  return await parseTable(await readFile(path), options);
}

/** {@link readTable} for a file that is in memory. Whole numbers of 64 bits become numbers where that is exact. */
export async function parseTable(
  bytes: Uint8Array,
  { columns }: { columns?: readonly string[] } = {},
): Promise<Table> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(file);
  const flat = parquetSchema(metadata).children.filter(({ children }) => children.length === 0);
  const known = flat.map(({ element }) => element.name);
  const names = columns === undefined ? known : known.filter((name) => columns.includes(name));
  const rows = Number(metadata.num_rows);
  const table: Record<string, TableValue[]> = {};
  for (const name of names) table[name] = [];
  await parquetRead({
    file,
    metadata,
    columns: names,
    compressors,
    onChunk: ({ columnName, columnData, rowStart }) => {
      const column = table[columnName]!;
      for (let index = 0; index < columnData.length; index++) {
        column[rowStart + index] = tableValue(columnData[index]);
      }
    },
  });
  return { rows, columns: table };
}

function tableValue(value: unknown): TableValue {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : String(value);
}

/** The rows of a table as objects, in order. */
export function* rowsOf({ rows, columns }: Table): Generator<TableRow> {
  const entries = Object.entries(columns);
  for (let index = 0; index < rows; index++) {
    yield Object.fromEntries(entries.map(([name, values]) => [name, values[index] ?? null]));
  }
}
