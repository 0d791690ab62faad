import thrift from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import util, { type ThriftStruct } from 'parquetjs-lite/lib/util.js';
import { bytesOf } from './shard-encoder.js';

// A Parquet file as strata writes it: "PAR1", row groups of column chunks of one data page (version 1) each,
// the footer (schema, and where each chunk lies), its length, "PAR1". A page is its header, then levels and
// PLAIN values.

const { Encoding, CompressionCodec, PageType } = thrift;

/** A column chunk of one page: the three parts stand one after the other. */
export interface Page {
  readonly header: Uint8Array;
  /** Levels, where they are not inside a compressed body. */
  readonly levels: Uint8Array;
  readonly body: Uint8Array;
  /** Bytes of levels and values before compression. */
  readonly plainBytes: number;
  /** Values and nulls. */
  readonly valueCount: number;
}

/** What the footer says of a column, besides its place. */
export interface ColumnFormat {
  readonly type: number;
  readonly path: readonly string[];
  readonly codec: 'UNCOMPRESSED' | 'SNAPPY';
}

/** Puts the header before a page whose levels are RLE runs and whose values are PLAIN. */
export function makePage(page: Omit<Page, 'header'>): Page {
  const header = new thrift.PageHeader({
    type: PageType.DATA_PAGE,
    uncompressed_page_size: page.plainBytes,
    compressed_page_size: page.levels.length + page.body.length,
    data_page_header: new thrift.DataPageHeader({
      num_values: page.valueCount,
      encoding: Encoding.PLAIN,
      definition_level_encoding: Encoding.RLE,
      repetition_level_encoding: Encoding.RLE,
    }),
  });
  return { header: util.serializeThrift(header), ...page };
}

/** A run of one level, 0 or 1, in the RLE hybrid encoding: twice its length as a varint, then the level. */
export function levelRun(length: number, level: number): Buffer {
  const bytes: number[] = [];
  let rest = length * 2;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest, level]);
}

/** Levels as a page holds them: their length in bytes, then their runs. */
export function levelBlock(runs: Buffer): Buffer {
  return Buffer.concat([bytesOf(Int32Array.of(runs.length)), runs]);
}

/** What is at the start of every Parquet file. */
export const PARQUET_MAGIC: Uint8Array = Buffer.from('PAR1');

/** Describes one row group: `starts` says where in the file the pages begin. */
export function rowGroup(
  pages: readonly Page[],
  formats: readonly ColumnFormat[],
  { starts, rows }: { starts: readonly number[]; rows: number },
): ThriftStruct {
  const columns = pages.map((page, index) => columnChunk(page, formats[index]!, starts[index]!));
  const bytes = pages.reduce((sum, { header, plainBytes }) => sum + header.length + plainBytes, 0);
  return new thrift.RowGroup({ columns, total_byte_size: bytes, num_rows: rows });
}

function columnChunk(page: Page, { type, path, codec }: ColumnFormat, start: number): ThriftStruct {
  return new thrift.ColumnChunk({
    file_offset: 0,
    meta_data: new thrift.ColumnMetaData({
      type,
      encodings: [Encoding.PLAIN, Encoding.RLE],
      path_in_schema: path,
      codec: CompressionCodec[codec],
      num_values: page.valueCount,
      total_uncompressed_size: page.header.length + page.plainBytes,
      total_compressed_size: page.header.length + page.levels.length + page.body.length,
      data_page_offset: start,
    }),
  });
}

/** What is at the end: the schema (its elements after the root), the row groups, the length, the magic word. */
export function parquetFooter(
  schema: readonly Record<string, unknown>[],
  { columns, rows, rowGroups }: { columns: number; rows: number; rowGroups: readonly ThriftStruct[] },
): Uint8Array[] {
  const elements = [{ name: 'schema', num_children: columns }, ...schema];
  const metadata = util.serializeThrift(
    new thrift.FileMetaData({
      version: 1,
      schema: elements.map((element) => new thrift.SchemaElement(element)),
      num_rows: rows,
      row_groups: rowGroups,
      created_by: 'strata',
    }),
  );
  return [metadata, bytesOf(Int32Array.of(metadata.length)), PARQUET_MAGIC];
}
