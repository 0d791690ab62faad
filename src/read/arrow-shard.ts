import { type FixedSizeList, type RecordBatch, tableFromIPC } from 'apache-arrow';
import type { Dtype } from '../store/column.js';
import type { FeatureValues, ParsedShard, ShardBlock } from './shard-block.js';

/**
 * Takes an Arrow shard apart, without copying.
 *
 * @throws Error when it is not a file as the shard writer makes them.
 */
export function parseArrowShard(bytes: Uint8Array, dtype: Dtype): ParsedShard {
  const { schema, batches } = tableFromIPC(bytes);
  const list = schema.fields.find(({ name }) => name === 'features')?.type as FixedSizeList | undefined;
  if (list?.listSize === undefined) throw new Error('it has no column of feature vectors');
  const blocks = batches.filter(({ numRows }) => numRows > 0).map((batch) => shardBlock(batch, dtype));
  return { bytes, features: list.listSize, blocks };
}

function shardBlock(batch: RecordBatch, dtype: Dtype): ShardBlock {
  const ids: unknown = batch.getChild('id')?.data[0]?.values;
  const values: unknown = batch.getChild('features')?.data[0]?.children[0]?.values;
  const ofDtype = dtype === 'float32' ? values instanceof Float32Array : values instanceof Uint16Array;
  if (!(ids instanceof Int32Array) || !ofDtype) throw new Error(`its columns are not int32 and ${dtype}`);
  return { ids, values: values as FeatureValues };
}
