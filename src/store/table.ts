import { readFile } from 'node:fs/promises';
import { parquetMetadata, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import parquet from 'parquetjs-lite';
import type { WrittenFile } from './column.js';
import { HashedFile } from './hashed-file.js';

/** The types of a table's columns. `int64` holds whole numbers up to 2^53. */
export const TABLE_TYPES = ['utf8', 'int32', 'int64', 'float', 'double', 'boolean'] as const;

/** One of {@link TABLE_TYPES}. */
export type TableType = (typeof TABLE_TYPES)[number];

/** A column of a table. `optional` ones may hold null. */
export interface TableColumn {
  readonly name: string;
  readonly type: TableType;
  readonly optional?: boolean;
}

/** A value of a table. */
export type TableValue = string | number | boolean | null;

/** A row of a table, by column name. */
export type TableRow = Readonly<Record<string, TableValue>>;

/** A table in memory, column by column. */
export interface Table {
  readonly rows: number;
  readonly columns: Readonly<Record<string, readonly TableValue[]>>;
}

const PARQUET_TYPES = {
  utf8: 'UTF8',
  int32: 'INT32',
  int64: 'INT64',
  float: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
} as const;

const ROW_GROUP_ROWS = 16_384;

/**
 * Writes a new Parquet file of scalars, a row at a time: equal rows give equal bytes. Synced to the disk.
 * Deletes the file when a row cannot be written.
 */
export async function writeTable(
  path: string,
  columns: readonly TableColumn[],
  rows: Iterable<TableRow> | AsyncIterable<TableRow>,
): Promise<WrittenFile> {
  const file = await HashedFile.create(path);
  try {
    return await file.finish(await writeRows(file, columns, rows));
  } catch (error) {
    await file.abort();
    throw error;
  }
}

async function writeRows(
  file: HashedFile,
  columns: readonly TableColumn[],
  rows: Iterable<TableRow> | AsyncIterable<TableRow>,
): Promise<number> {
  let chunks: Buffer[] = [];
  const flush = async () => {
    await file.write(chunks);
    chunks = [];
  };
  const writer = tableWriter(columns, (chunk) => chunks.push(chunk));
  let count = 0;
  for await (const row of rows) {
    await writer.appendRow(row);
    if (chunks.length > 0) await flush();
    count++;
  }
  await writer.close();
  await flush();
  return count;
}

function tableWriter(columns: readonly TableColumn[], write: (chunk: Buffer) => void) {
  const schema = new parquet.ParquetSchema(
    Object.fromEntries(
      columns.map(({ name, type, optional = false }) => [
        name,
        { type: PARQUET_TYPES[type], optional, compression: 'SNAPPY', statistics: false },
      ]),
    ),
  );
  const options = { pageIndex: false, pageSize: ROW_GROUP_ROWS } as const;
  const envelope = new parquet.ParquetEnvelopeWriter(schema, write, () => undefined, 0, options);
  return new parquet.ParquetWriter(schema, envelope, { rowGroupSize: ROW_GROUP_ROWS });
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
  const known = metadata.schema.slice(1).map(({ name }) => name);
  const names = columns === undefined ? known : known.filter((name) => columns.includes(name));
  const rows = Number(metadata.num_rows);
  const table: Record<string, TableValue[]> = {};
  for (const name of names) table[name] = new Array<TableValue>(rows).fill(null);
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
