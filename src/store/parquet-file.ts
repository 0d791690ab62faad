import thrift from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import util, { type ThriftStruct } from 'parquetjs-lite/lib/util.js';
import { bytesOf } from './shard-encoder.js';

// A Parquet file as strata writes it: "PAR1", row groups of column chunks of one data page (version 1) each,
// the footer (schema, and where each chunk lies), its length, "PAR1". A page is its header, then levels and
// PLAIN values.

const { Encoding, CompressionCodec, PageType } = thrift;

/** A column chunk of one page: `prefix` and `body` stand one after the other. */
export interface Page {
  /** The header, and the levels where they are not inside a compressed body. */
  readonly prefix: Uint8Array;
  readonly body: Uint8Array;
  /** Bytes of header, levels and values before compression. */
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

/** How a page's bytes and values are counted in its header. */
export interface PageSizes {
  readonly valueCount: number;
  readonly plainBytes: number;
  readonly storedBytes: number;
}

/** The header of a page whose levels are RLE runs and whose values are PLAIN. */
export function pageHeader({ valueCount, plainBytes, storedBytes }: PageSizes): Uint8Array {
  return util.serializeThrift(
    new thrift.PageHeader({
      type: PageType.DATA_PAGE,
      uncompressed_page_size: plainBytes,
      compressed_page_size: storedBytes,
      data_page_header: new thrift.DataPageHeader({
        num_values: valueCount,
        encoding: Encoding.PLAIN,
        definition_level_encoding: Encoding.RLE,
        repetition_level_encoding: Encoding.RLE,
      }),
    }),
  );
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
  const bytes = pages.reduce((sum, { plainBytes }) => sum + plainBytes, 0);
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
      total_uncompressed_size: page.plainBytes,
      total_compressed_size: page.prefix.length + page.body.length,
      data_page_offset: start,
    }),
  });
}

/** What a footer tells: the schema's elements after its root, of `columns` columns, and the row groups. */
export interface FooterContents {
  readonly schema: readonly Record<string, unknown>[];
  readonly columns: number;
  readonly rows: number;
  readonly rowGroups: readonly ThriftStruct[];
  readonly notes?: Readonly<Record<string, string>>;
}

/** What is at the end: the footer, its length, the magic word. */
export function parquetFooter(contents: FooterContents): Uint8Array[] {
  const { schema, columns, rows, rowGroups, notes = {} } = contents;
  const elements = [{ name: 'schema', num_children: columns }, ...schema];
  const metadata = util.serializeThrift(
    new thrift.FileMetaData({
      version: 1,
      schema: elements.map((element) => new thrift.SchemaElement(element)),
      num_rows: rows,
      row_groups: rowGroups,
      key_value_metadata: Object.entries(notes).map(([key, value]) => new thrift.KeyValue({ key, value })),
      created_by: 'strata',
    }),
  );
  return [metadata, bytesOf(Int32Array.of(metadata.length)), PARQUET_MAGIC];
}
