import { fromFloat16 } from '../store/float16.js';

/** Features as they are stored: float32, or the bits of float16. */
export type FeatureValues = Float32Array | Uint16Array;

/** One record batch or row group of a shard: views on the file's bytes. */
export interface ShardBlock {
  readonly ids: Int32Array;
  /** (rows, features), row by row; halves as bits. */
  readonly values: FeatureValues;
}

/** A shard as its file has it. */
export interface ParsedShard {
  /** The file, which the blocks are views of. */
  readonly bytes: Uint8Array;
  readonly features: number;
  readonly blocks: readonly ShardBlock[];
}

/** Features as float32: the view itself, or halves widened into new memory. */
export function widened({ values }: { readonly values: FeatureValues }): Float32Array {
  return values instanceof Float32Array ? values : fromFloat16(values);
}

/** The ids of all blocks: a view where there is one block. */
export function joinedIds({ blocks }: ParsedShard): Int32Array {
  if (blocks.length === 1) return blocks[0]!.ids;
  const ids = new Int32Array(blocks.reduce((sum, block) => sum + block.ids.length, 0));
  let at = 0;
  for (const block of blocks) {
    ids.set(block.ids, at);
    at += block.ids.length;
  }
  return ids;
}

/** The features of all blocks: a view where there is one block of float32. */
export function joinedFeatures({ blocks }: ParsedShard): Float32Array {
  if (blocks.length === 1) return widened(blocks[0]!);
  const features = new Float32Array(blocks.reduce((sum, block) => sum + block.values.length, 0));
  let at = 0;
  for (const block of blocks) {
    features.set(widened(block), at);
    at += block.values.length;
  }
  return features;
}
