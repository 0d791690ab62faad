import thrift from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import util, { type ThriftStruct } from 'parquetjs-lite/lib/util.js';
import type { Dtype } from './column.js';
import { bytesOf, padding, type RowBatch, type ShardEncoder, type ShardShape } from './shard-encoder.js';

// A Parquet file of row groups of two column chunks of one page each. The list is of REQUIRED elements and
// constant length, so its levels are known without looking at the values: repetition 0 at a row's first
// element and 1 at its others, definition always 1. The values are one PLAIN run, aligned to 64 bytes by zero
// bytes before the page header (offsets in the footer lead readers past them).

const { Type, Encoding, FieldRepetitionType, ConvertedType, CompressionCodec } = thrift;
const MAGIC = Buffer.from('PAR1');
const THRIFT_STRUCT = 12;
const FLOAT16_LOGICAL_TYPE = 15;

interface Page {
  /** The page's header and levels: what stands before its values. */
  readonly prefix: Uint8Array;
  readonly values: Uint8Array;
  readonly valueCount: number;
}

/** Encodes shards as Parquet files: `id` INT32 and `features` a LIST of FLOAT or FLOAT16, uncompressed. */
export function parquetEncoder(shape: ShardShape): ShardEncoder {
  const rowGroups: ThriftStruct[] = [];
  let totalRows = 0;
  return {
    header: () => [MAGIC],
    batch(offset, rows) {
      const pages = [idPage(rows), featurePage(rows, shape)];
      const { chunks, starts } = layPages(offset, pages);
      rowGroups.push(rowGroup(pages, starts, rows.ids.length, shape.dtype));
      totalRows += rows.ids.length;
      return chunks;
    },
    footer() {
      const metadata = util.serializeThrift(fileMetadata(shape, totalRows, rowGroups));
      return [metadata, bytesOf(Int32Array.of(metadata.length)), MAGIC];
    },
  };
}

function layPages(offset: number, pages: readonly Page[]): { chunks: Uint8Array[]; starts: number[] } {
  const chunks: Uint8Array[] = [];
  const starts: number[] = [];
  let position = offset;
  for (const { prefix, values } of pages) {
    const pad = padding(position + prefix.length);
    chunks.push(pad, prefix, values);
    starts.push(position + pad.length);
    position += pad.length + prefix.length + values.length;
  }
  return { chunks, starts };
}

function idPage({ ids }: RowBatch): Page {
  return { prefix: idPagePrefix(ids.length), values: bytesOf(ids), valueCount: ids.length };
}

function featurePage({ ids, values }: RowBatch, shape: ShardShape): Page {
  return {
    prefix: featurePagePrefix(ids.length, shape),
    values: bytesOf(values),
    valueCount: ids.length * shape.features,
  };
}

/** What stands in a page of `rows` ids before the values: its header. */
export function idPagePrefix(rows: number): Uint8Array {
  return pageHeader(rows, 4 * rows);
}

/** What stands in a page of `rows` feature vectors before the values: its header and levels. */
export function featurePagePrefix(rows: number, { features, dtype }: ShardShape): Uint8Array {
  const levels = [withLength(repetitionLevels(rows, features)), withLength(run(rows * features, 1))];
  const body = levels[0]!.length + levels[1]!.length + rows * features * valueBytes(dtype);
  return Buffer.concat([pageHeader(rows * features, body), ...levels]);
}

function pageHeader(valueCount: number, bodyBytes: number): Buffer {
  return util.serializeThrift(
    new thrift.PageHeader({
      type: thrift.PageType.DATA_PAGE,
      uncompressed_page_size: bodyBytes,
      compressed_page_size: bodyBytes,
      data_page_header: new thrift.DataPageHeader({
        num_values: valueCount,
        encoding: Encoding.PLAIN,
        definition_level_encoding: Encoding.RLE,
        repetition_level_encoding: Encoding.RLE,
      }),
    }),
  );
}

function repetitionLevels(rows: number, features: number): Buffer {
  if (features === 1) return run(rows, 0);
  const row = Buffer.concat([run(1, 0), run(features - 1, 1)]);
  return Buffer.alloc(row.length * rows, row);
}

/** A run of one level below 2, in the RLE hybrid encoding: its length shifted left as a varint, the level. */
function run(length: number, level: number): Buffer {
  const bytes: number[] = [];
  let rest = length * 2;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest, level]);
}

function withLength(levels: Buffer): Buffer {
  return Buffer.concat([bytesOf(Int32Array.of(levels.length)), levels]);
}

function valueBytes(dtype: Dtype): number {
  return dtype === 'float32' ? 4 : 2;
}

function rowGroup(
  pages: readonly Page[],
  starts: readonly number[],
  rows: number,
  dtype: Dtype,
): ThriftStruct {
  const types = [Type.INT32, elementType(dtype)];
  const paths = [['id'], ['features', 'list', 'element']];
  const columns = pages.map((page, index) => columnChunk(page, starts[index]!, types[index]!, paths[index]!));
  const bytes = pages.reduce((sum, { prefix, values }) => sum + prefix.length + values.length, 0);
  return new thrift.RowGroup({ columns, total_byte_size: bytes, num_rows: rows });
}

function columnChunk(page: Page, start: number, type: number, path: readonly string[]): ThriftStruct {
  const bytes = page.prefix.length + page.values.length;
  return new thrift.ColumnChunk({
    file_offset: 0,
    meta_data: new thrift.ColumnMetaData({
      type,
      encodings: [Encoding.PLAIN, Encoding.RLE],
      path_in_schema: path,
      codec: CompressionCodec.UNCOMPRESSED,
      num_values: page.valueCount,
      total_uncompressed_size: bytes,
      total_compressed_size: bytes,
      data_page_offset: start,
    }),
  });
}

function elementType(dtype: Dtype): number {
  return dtype === 'float32' ? Type.FLOAT : Type.FIXED_LEN_BYTE_ARRAY;
}

function fileMetadata(shape: ShardShape, rows: number, rowGroups: readonly ThriftStruct[]): ThriftStruct {
  return new thrift.FileMetaData({
    version: 1,
    schema: schemaElements(shape),
    num_rows: rows,
    row_groups: rowGroups,
    created_by: 'strata',
  });
}

function schemaElements({ dtype }: ShardShape): ThriftStruct[] {
  const { REQUIRED, REPEATED } = FieldRepetitionType;
  const half = dtype === 'float16' ? { type_length: 2, logicalType: float16LogicalType } : {};
  return [
    { name: 'schema', num_children: 2 },
    { name: 'id', type: Type.INT32, repetition_type: REQUIRED },
    { name: 'features', repetition_type: REQUIRED, num_children: 1, converted_type: ConvertedType.LIST },
    { name: 'list', repetition_type: REPEATED, num_children: 1 },
    { name: 'element', type: elementType(dtype), repetition_type: REQUIRED, ...half },
  ].map((fields) => new thrift.SchemaElement(fields));
}

/** The union member that parquetjs-lite's thrift file is too old to know: an empty struct, field 15. */
const float16LogicalType: ThriftStruct = {
  write(output) {
    output.writeStructBegin('LogicalType');
    output.writeFieldBegin('FLOAT16', THRIFT_STRUCT, FLOAT16_LOGICAL_TYPE);
    output.writeStructBegin('Float16Type');
    output.writeFieldStop();
    output.writeStructEnd();
    output.writeFieldEnd();
    output.writeFieldStop();
    output.writeStructEnd();
  },
};
