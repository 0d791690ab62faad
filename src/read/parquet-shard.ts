import { parquetMetadata, type RowGroup } from 'hyparquet';
import type { Dtype } from '../store/column.js';
import { FEATURES_NOTE, featurePagePrefix, idPagePrefix } from '../store/parquet-writer.js';
import type { ShardShape } from '../store/shard-encoder.js';
import type { ParsedShard, ShardBlock } from './shard-block.js';

/**
 * Takes a Parquet shard apart, without copying: what stands before the values of a page is known in full, so it is
 * compared, and the values are a run of bytes.
 *
 * @param bytes - the file, alone in its buffer.
 * @throws Error when it is not a file as the shard writer makes them.
 */
export function parseParquetShard(bytes: Uint8Array, dtype: Dtype): ParsedShard {
  const metadata = parquetMetadata(bytes.buffer as ArrayBuffer);
  const note = metadata.key_value_metadata?.find(({ key }) => key === FEATURES_NOTE)?.value;
  const features = Number(note);
  if (!Number.isSafeInteger(features) || features < 1) throw new Error(`its note of features is ${note}`);
  const blocks = metadata.row_groups.map((group) => shardBlock(bytes, group, { features, dtype }));
  return { bytes, features, blocks };
}

function shardBlock(bytes: Uint8Array, group: RowGroup, shape: ShardShape): ShardBlock {
  const rows = Number(group.num_rows);
  const idsAt = valuesStart(bytes, group, 0, idPagePrefix(rows));
  const valuesAt = valuesStart(bytes, group, 1, featurePagePrefix(rows, shape));
  const Values = shape.dtype === 'float32' ? Float32Array : Uint16Array;
  return {
    ids: new Int32Array(bytes.buffer, idsAt, rows),
    values: new Values(bytes.buffer as ArrayBuffer, valuesAt, rows * shape.features),
  };
}

function valuesStart(bytes: Uint8Array, group: RowGroup, column: number, prefix: Uint8Array): number {
  const offset = Number(group.columns[column]?.meta_data?.data_page_offset);
  const found = bytes.subarray(offset, offset + prefix.length);
  if (Buffer.compare(found, prefix) !== 0)
    throw new Error(`the page at ${offset} is not as strata writes it`);
  return bytes.byteOffset + offset + prefix.length;
}
