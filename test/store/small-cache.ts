import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PerSplit, SPLITS, type Split } from '../../src/split.js';
import type { ColumnName, Dtype, ShardFormat } from '../../src/store/column.js';
import { commit, temporaryPath } from '../../src/store/commit.js';
import { featureFile, samplesFile, shardCount, shardRange } from '../../src/store/layout.js';
import {
  type CacheIdentity,
  createOrOpenCache,
  type Manifest,
  makeManifest,
} from '../../src/store/manifest.js';
import { type SampleRow, writeSamples } from '../../src/store/samples.js';
import { openShardWriter } from '../../src/store/shard-writer.js';

/** A new folder of its own under the system's temporary one. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'strata-test-'));
}

/** A small identity, with parts replaced. */
export function smallIdentity(parts: Partial<CacheIdentity> = {}): CacheIdentity {
  return {
    formatVersion: 1,
    dataset: { kind: 'glyphs', seed: 1 },
    labelSets: {
      label: { classes: ['cat', 'dog'], sha256: 'a' },
      'hue / tint': { classes: ['0', '1', '2'], sha256: 'b' },
    },
    decode: { resize: 'cover' },
    preprocess: { mean: [0.5, 0.25, 0], order: 'rgb' },
    model: { format: 'layers', weightsSha256: 'c' },
    classifier: null,
    numerics: { backend: 'wasm', version: '4', compute: 'float32' },
    seed: 7,
    batch: 4,
    shardRows: 4,
    dtype: 'float32',
    format: 'arrow',
    ...parts,
  };
}

/** The manifest of a cache with taps `input`, `block/add:1` and `out`. */
export function smallManifest(parts: Partial<CacheIdentity> = {}, samples = SMALL_SAMPLES): Manifest {
  return makeManifest({
    identity: smallIdentity(parts),
    names: { dataset: 'glyphs', model: 'glyphnet' },
    samples,
    taps: ['input', 'block/add:1', 'out'].map((name, depth) => ({
      name,
      kind: 'other',
      op: 'Layer',
      shape: [2, 2, 3],
      depth,
      inputs: [],
    })),
  });
}

/** Samples in each split: two full shards and a part of one, less than a shard, and none. */
export const SMALL_SAMPLES: PerSplit<number> = { train: 10, valid: 3, test: 0 };

/** The columns of a small cache. */
export const SMALL_COLUMNS: readonly ColumnName[] = [
  { tap: 'out', reduction: 'average-pool' },
  { tap: 'block/add:1', reduction: 'random-subset:100' },
  { tap: 'block/add:1', reduction: 'average-pool' },
];

/** The sample with this index in a split; every fourth is quarantined. */
export function smallSample(split: Split, index: number): SampleRow {
  const quarantined = index % 4 === 2;
  return {
    id: SPLITS.indexOf(split) * 100 + index,
    key: `${split}/é ${index}.png`,
    labels: {
      label: index % 2 === 0 ? 'cat' : 'dog',
      'hue / tint': index % 3 === 0 ? null : String(index % 3),
    },
    width: quarantined ? null : 32,
    height: quarantined ? null : 24,
    sourceSha256: null,
    modelPrediction: quarantined ? null : 'cat',
    modelLoss: quarantined ? null : 0.1 * index,
    modelRank: quarantined ? null : 1 + (index % 2),
    status: quarantined ? 'quarantined' : 'ok',
    reason: quarantined ? 'not an image' : null,
  };
}

/** The features of a sample: halves exactly, so that float16 changes nothing. */
export function smallFeatures(id: number, features: number): Float32Array {
  return Float32Array.from({ length: features }, (_, at) => id / 4 - at);
}

/** What {@link makeSmallCache} is to make; `columns` may leave some out. */
export interface SmallCacheOptions {
  readonly directory: string;
  readonly format?: ShardFormat;
  readonly dtype?: Dtype;
  readonly features?: number;
  readonly columns?: readonly ColumnName[];
}

/** Makes a complete cache of 13 samples. Returns its manifest. */
export async function makeSmallCache(options: SmallCacheOptions): Promise<Manifest> {
  const { directory, format = 'arrow', dtype = 'float32', features = 3, columns = SMALL_COLUMNS } = options;
  const manifest = smallManifest({ format, dtype });
  await createOrOpenCache(directory, manifest);
  for (const split of SPLITS) {
    for (let shard = 0; shard < shardCount(SMALL_SAMPLES[split], 4); shard++) {
      const rows = shardSamples(split, shard);
      await commitSamples(directory, { split, shard, rows });
      const ids = rows.filter(({ status }) => status === 'ok').map(({ id }) => id);
      for (const column of columns) {
        await commitShard(directory, featureFile(column, split, shard, format), {
          ids,
          features,
          dtype,
          format,
        });
      }
    }
  }
  return manifest;
}

/** The samples of one shard. */
export function shardSamples(split: Split, shard: number): SampleRow[] {
  const { start, end } = shardRange(shard, SMALL_SAMPLES[split], 4);
  return Array.from({ length: end - start }, (_, at) => smallSample(split, start + at));
}

async function commitSamples(
  directory: string,
  { split, shard, rows }: { split: Split; shard: number; rows: readonly SampleRow[] },
): Promise<void> {
  const file = samplesFile(split, shard);
  const written = await writeSamples(temporaryPath(directory, file), ['label', 'hue / tint'], rows);
  await commit(directory, written, file);
}

/** Writes and commits one feature shard of the small features. */
export async function commitShard(
  directory: string,
  file: string,
  shard: { ids: readonly number[]; features: number; dtype: Dtype; format: ShardFormat },
): Promise<void> {
  const writer = await openShardWriter({ path: temporaryPath(directory, file), ...shard });
  for (const id of shard.ids) await writer.append(Int32Array.of(id), smallFeatures(id, shard.features));
  await commit(directory, await writer.finish(), file);
}
