import thrift from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import type { ThriftStruct } from 'parquetjs-lite/lib/util.js';
import type { Dtype } from './column.js';
import {
  type ColumnFormat,
  levelBlock,
  levelRun,
  PARQUET_MAGIC,
  type Page,
  pageHeader,
  parquetFooter,
  rowGroup,
} from './parquet-file.js';
import { bytesOf, padding, type RowBatch, type ShardEncoder, type ShardShape } from './shard-encoder.js';

// The list is of REQUIRED elements and constant length, so its levels are known without looking at the values:
// repetition 0 at a row's first element and 1 at its others, definition always 1. The values of a row group are
// one run of bytes, aligned to 64 by zero bytes before the page (offsets in the footer lead readers past them).

const { Type, FieldRepetitionType, ConvertedType } = thrift;
/** The footer's note of the number of features, which a file without rows does not show otherwise. */
export const FEATURES_NOTE = 'features';

const THRIFT_STRUCT = 12;
const FLOAT16_LOGICAL_TYPE = 15;

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
    footer: () =>
      parquetFooter({
        schema: schemaElements(shape.dtype),
        columns: 2,
        rows: totalRows,
        rowGroups,
        notes: { [FEATURES_NOTE]: String(shape.features) },
      }),
  };
}

function layPages(offset: number, pages: readonly Page[]): { chunks: Uint8Array[]; starts: number[] } {
  const chunks: Uint8Array[] = [];
  const starts: number[] = [];
  let position = offset;
  for (const { prefix, body } of pages) {
    const pad = padding(position + prefix.length);
    chunks.push(pad, prefix, body);
    starts.push(position + pad.length);
    position += pad.length + prefix.length + body.length;
  }
  return { chunks, starts };
}

function idPage({ ids }: RowBatch): Page {
  const prefix = idPagePrefix(ids.length);
  return { prefix, body: bytesOf(ids), plainBytes: prefix.length + ids.byteLength, valueCount: ids.length };
}

function featurePage({ ids, values }: RowBatch, shape: ShardShape): Page {
  const prefix = featurePagePrefix(ids.length, shape);
  const plainBytes = prefix.length + values.byteLength;
  return { prefix, body: bytesOf(values), plainBytes, valueCount: values.length };
}

/** What stands before the values in a page of `rows` ids: its header. */
export function idPagePrefix(rows: number): Uint8Array {
  return pageHeader({ valueCount: rows, plainBytes: 4 * rows, storedBytes: 4 * rows });
}

/** What stands before the values in a page of `rows` feature vectors: its header and levels. */
export function featurePagePrefix(rows: number, { features, dtype }: ShardShape): Uint8Array {
  const valueCount = rows * features;
  const repetition = levelBlock(repetitionRuns(rows, features));
  const levels = Buffer.concat([repetition, levelBlock(levelRun(valueCount, 1))]);
  const plainBytes = levels.length + valueCount * (dtype === 'float32' ? 4 : 2);
  return Buffer.concat([pageHeader({ valueCount, plainBytes, storedBytes: plainBytes }), levels]);
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
