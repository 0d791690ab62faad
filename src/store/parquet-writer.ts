import thrift from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import type { ThriftStruct } from 'parquetjs-lite/lib/util.js';
import type { Dtype } from './column.js';
import {
  type ColumnFormat,
  levelBlock,
  levelRun,
  makePage,
  PARQUET_MAGIC,
  type Page,
  parquetFooter,
  rowGroup,
} from './parquet-file.js';
import { bytesOf, padding, type RowBatch, type ShardEncoder, type ShardShape } from './shard-encoder.js';

// The list is of REQUIRED elements and constant length, so its levels are known without looking at the values:
// repetition 0 at a row's first element and 1 at its others, definition always 1. The values of a row group are
// one run of bytes, aligned to 64 by zero bytes before the page (offsets in the footer lead readers past them).

const { Type, FieldRepetitionType, ConvertedType } = thrift;
const THRIFT_STRUCT = 12;
const FLOAT16_LOGICAL_TYPE = 15;
const NOTHING = new Uint8Array(0);

/** Encodes shards as Parquet files: `id` INT32 and `features` a LIST of FLOAT or FLOAT16, uncompressed. */
export function parquetEncoder(shape: ShardShape): ShardEncoder {
  const rowGroups: ThriftStruct[] = [];
  let totalRows = 0;
  return {
    header: () => [PARQUET_MAGIC],
    batch(offset, batch) {
      const rows = batch.ids.length;
      const pages = [idPage(batch), featurePage(batch, shape)];
      const { chunks, starts } = layPages(offset, pages);
      rowGroups.push(rowGroup(pages, columnFormats(shape.dtype), { starts, rows }));
      totalRows += rows;
      return chunks;
    },
    footer: () => parquetFooter(schemaElements(shape.dtype), { columns: 2, rows: totalRows, rowGroups }),
  };
}

function layPages(offset: number, pages: readonly Page[]): { chunks: Uint8Array[]; starts: number[] } {
  const chunks: Uint8Array[] = [];
  const starts: number[] = [];
  let position = offset;
  for (const { header, levels, body } of pages) {
    const pad = padding(position + header.length + levels.length);
    chunks.push(pad, header, levels, body);
    starts.push(position + pad.length);
    position += pad.length + header.length + levels.length + body.length;
  }
  return { chunks, starts };
}

/** The page of a batch's ids: it has no levels. */
export function idPage({ ids }: Pick<RowBatch, 'ids'>): Page {
  return makePage({
    levels: NOTHING,
    body: bytesOf(ids),
    plainBytes: ids.byteLength,
    valueCount: ids.length,
  });
}

/** The page of a batch's features. Its header and levels depend on the shape and the number of rows alone. */
export function featurePage({ ids, values }: RowBatch, { features }: ShardShape): Page {
  const valueCount = ids.length * features;
  const repetition = levelBlock(repetitionRuns(ids.length, features));
  const levels = Buffer.concat([repetition, levelBlock(levelRun(valueCount, 1))]);
  const plainBytes = levels.length + values.byteLength;
  return makePage({ levels, body: bytesOf(values), plainBytes, valueCount });
}

function repetitionRuns(rows: number, features: number): Buffer {
  if (features === 1) return levelRun(rows, 0);
  const row = Buffer.concat([levelRun(1, 0), levelRun(features - 1, 1)]);
  return Buffer.alloc(row.length * rows, row);
}

function columnFormats(dtype: Dtype): ColumnFormat[] {
  return [
    { type: Type.INT32, path: ['id'], codec: 'UNCOMPRESSED' },
    { type: elementType(dtype), path: ['features', 'list', 'element'], codec: 'UNCOMPRESSED' },
  ];
}

function elementType(dtype: Dtype): number {
  return dtype === 'float32' ? Type.FLOAT : Type.FIXED_LEN_BYTE_ARRAY;
}

function schemaElements(dtype: Dtype): Record<string, unknown>[] {
  const { REQUIRED, REPEATED } = FieldRepetitionType;
  const half = dtype === 'float16' ? { type_length: 2, logicalType: float16LogicalType } : {};
  return [
    { name: 'id', type: Type.INT32, repetition_type: REQUIRED },
    { name: 'features', repetition_type: REQUIRED, num_children: 1, converted_type: ConvertedType.LIST },
    { name: 'list', repetition_type: REPEATED, num_children: 1 },
    { name: 'element', type: elementType(dtype), repetition_type: REQUIRED, ...half },
  ];
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
