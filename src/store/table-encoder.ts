import thrift from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import compression from 'parquetjs-lite/lib/compression.js';
import type { ThriftStruct } from 'parquetjs-lite/lib/util.js';
import {
  type ColumnFormat,
  levelBlock,
  levelRun,
  type Page,
  pageHeader,
  parquetFooter,
  rowGroup,
} from './parquet-file.js';

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

const { Type, FieldRepetitionType, ConvertedType } = thrift;
const NOTHING = new Uint8Array(0);

const PARQUET_TYPES: Readonly<Record<TableType, number>> = {
  utf8: Type.BYTE_ARRAY,
  int32: Type.INT32,
  int64: Type.INT64,
  float: Type.FLOAT,
  double: Type.DOUBLE,
  boolean: Type.BOOLEAN,
};

/** Makes the bytes of a Parquet table; it does no I/O. `offset` is where the row group will stand in the file. */
export class TableEncoder {
  readonly #columns: readonly TableColumn[];
  readonly #rowGroups: ThriftStruct[] = [];
  #rows = 0;

  constructor(columns: readonly TableColumn[]) {
    this.#columns = columns;
  }

  /** @throws TypeError for a value that its column cannot hold. */
  rowGroup(offset: number, rows: readonly TableRow[]): Uint8Array[] {
    const pages = this.#columns.map((column) => columnPage(column, rows));
    const starts: number[] = [];
    let position = offset;
    for (const { prefix, body } of pages) {
      starts.push(position);
      position += prefix.length + body.length;
    }
    this.#rowGroups.push(rowGroup(pages, this.#columns.map(formatOf), { starts, rows: rows.length }));
    this.#rows += rows.length;
    return pages.flatMap(({ prefix, body }) => [prefix, body]);
  }

  footer(): Uint8Array[] {
    return parquetFooter({
      schema: this.#columns.map(schemaElement),
      columns: this.#columns.length,
      rows: this.#rows,
      rowGroups: this.#rowGroups,
    });
  }
}

function formatOf({ name, type }: TableColumn): ColumnFormat {
  return { type: PARQUET_TYPES[type], path: [name], codec: 'SNAPPY' };
}

function schemaElement({ name, type, optional = false }: TableColumn): Record<string, unknown> {
  return {
    name,
    type: PARQUET_TYPES[type],
    repetition_type: optional ? FieldRepetitionType.OPTIONAL : FieldRepetitionType.REQUIRED,
    ...(type === 'utf8' ? { converted_type: ConvertedType.UTF8 } : {}),
  };
}

function columnPage(column: TableColumn, rows: readonly TableRow[]): Page {
  const values = rows.map((row) => checked(column, row[column.name] ?? null));
  const levels = column.optional ? levelBlock(definitionRuns(values)) : NOTHING;
  const present = values.filter((value) => value !== null);
  const plain = Buffer.concat([levels, encodePlain(column.type, present)]);
  const body = compression.deflate('SNAPPY', plain);
  const valueCount = values.length;
  const prefix = pageHeader({ valueCount, plainBytes: plain.length, storedBytes: body.length });
  return { prefix, body, plainBytes: prefix.length + plain.length, valueCount };
}

/** Level 1 where there is a value and 0 where there is none, as runs. */
function definitionRuns(values: readonly TableValue[]): Buffer {
  const runs: Buffer[] = [];
  for (let start = 0; start < values.length; ) {
    let end = start + 1;
    while (end < values.length && (values[end] === null) === (values[start] === null)) end++;
    runs.push(levelRun(end - start, values[start] === null ? 0 : 1));
    start = end;
  }
  return Buffer.concat(runs);
}

const IS_OF: Readonly<Record<TableType, (value: TableValue) => boolean>> = {
  utf8: (value) => typeof value === 'string',
  int32: (value) => typeof value === 'number' && (value | 0) === value,
  int64: (value) => Number.isSafeInteger(value),
  float: (value) => typeof value === 'number',
  double: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
};

function checked({ name, type, optional = false }: TableColumn, value: TableValue): TableValue {
  if (value === null ? optional : IS_OF[type](value)) return value;
  throw new TypeError(
    `column ${name} cannot hold ${JSON.stringify(value)} (it is ${type}, ${optional ? 'optional' : 'required'})`,
  );
}

function encodePlain(type: TableType, values: readonly TableValue[]): Buffer {
  if (type === 'utf8') return encodeStrings(values as readonly string[]);
  if (type === 'boolean') return encodeBits(values as readonly boolean[]);
  const numbers = values as readonly number[];
  if (type === 'int32') return Buffer.from(Int32Array.from(numbers).buffer);
  if (type === 'int64') return Buffer.from(BigInt64Array.from(numbers, BigInt).buffer);
  const floats = type === 'float' ? Float32Array.from(numbers) : Float64Array.from(numbers);
  return Buffer.from(floats.buffer);
}

/** Each string's length in bytes, then its UTF-8. */
function encodeStrings(values: readonly string[]): Buffer {
  const size = values.reduce((sum, value) => sum + 4 + Buffer.byteLength(value), 0);
  const bytes = Buffer.alloc(size);
  let position = 0;
  for (const value of values) {
    const length = bytes.write(value, position + 4);
    bytes.writeUInt32LE(length, position);
    position += 4 + length;
  }
  return bytes;
}

function encodeBits(values: readonly boolean[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(values.length / 8));
  values.forEach((value, index) => {
    if (value) bytes[index >> 3]! |= 1 << (index & 7);
  });
  return bytes;
}
