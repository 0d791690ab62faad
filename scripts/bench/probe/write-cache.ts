import { type PerSplit, SPLITS, type Split } from '../../../src/split.js';
import { commitAll, temporaryPath } from '../../../src/store/commit.js';
import { featureFile, samplesFile, shardCount, shardRange } from '../../../src/store/layout.js';
import { createOrOpenCache, FORMAT_VERSION, makeManifest } from '../../../src/store/manifest.js';
import { type SampleRow, writeSamples } from '../../../src/store/samples.js';
import { openShardWriter } from '../../../src/store/shard-writer.js';

/** One tap to write. */
export interface MadeTap {
  readonly name: string;
  readonly features: number;
  /** The rows from start to end of a split, (rows, features), row by row: asked for in order. */
  values(split: Split, start: number, end: number): Float32Array | Promise<Float32Array>;
}

/** One label set: a class index for each row. */
export interface MadeLabels {
  readonly name: string;
  readonly classes: number;
  readonly labels: PerSplit<Int32Array>;
}

/** What a cache is to hold. */
export interface MadeCache {
  readonly rows: PerSplit<number>;
  readonly taps: readonly MadeTap[];
  readonly labelSets: readonly MadeLabels[];
}

/** Rows of a shard: about 16 MB at 1,000 features. */
const SHARD_ROWS = 4096;
const REDUCTION = 'flatten';

/** A column of a made cache. */
export const madeColumn = (tap: string) => ({ tap, reduction: REDUCTION });

/** The name of a class; names sort as their indices do. */
const className = (index: number) => `c${String(index).padStart(5, '0')}`;

/** Writes a cache of Arrow shards of float32 through src/store, as an extraction would: one tap after the other. */
export async function writeCache(directory: string, made: MadeCache): Promise<void> {
  await createOrOpenCache(directory, manifestOf(made));
  for (const split of SPLITS) {
    for (let shard = 0; shard < shardCount(made.rows[split], SHARD_ROWS); shard++)
      await writeSamplesPart(directory, made, { split, shard });
  }
  for (const tap of made.taps) {
    for (const split of SPLITS) {
      for (let shard = 0; shard < shardCount(made.rows[split], SHARD_ROWS); shard++)
        await writeShard(directory, made, { tap, split, shard });
    }
  }
}

function manifestOf({ rows, taps, labelSets }: MadeCache) {
  const classes = (count: number) => Array.from({ length: count }, (_, index) => className(index));
  return makeManifest({
    identity: {
      ...{
        formatVersion: FORMAT_VERSION,
        dataset: {},
        decode: {},
        preprocess: {},
        model: {},
        classifier: null,
      },
      labelSets: Object.fromEntries(
        labelSets.map(({ name, classes: count }) => [name, { classes: classes(count), sha256: name }]),
      ),
      numerics: { backend: 'none', version: '0', compute: 'float32' },
      ...{ seed: 0, batch: 32, shardRows: SHARD_ROWS, dtype: 'float32', format: 'arrow' },
    },
    names: { dataset: 'bench', model: 'bench' },
    samples: rows,
    taps: taps.map(({ name, features }, depth) => ({
      ...{ name, kind: 'other', op: 'None', shape: [features], depth, inputs: [] },
    })),
  });
}

interface Part {
  readonly split: Split;
  readonly shard: number;
}

function idsOf({ rows }: MadeCache, { split, shard }: Part) {
  const { start, end } = shardRange(shard, rows[split], SHARD_ROWS);
  const before = SPLITS.slice(0, SPLITS.indexOf(split)).reduce((sum, each) => sum + rows[each], 0);
  return { start, end, ids: Int32Array.from({ length: end - start }, (_, at) => before + start + at) };
}

async function writeSamplesPart(directory: string, made: MadeCache, part: Part): Promise<void> {
  const { start, ids } = idsOf(made, part);
  const file = samplesFile(part.split, part.shard);
  const rows = Array.from(ids, (id, at): SampleRow => {
    const labels = made.labelSets.map((set) => [set.name, className(set.labels[part.split][start + at]!)]);
    return {
      ...{ id, key: String(id), labels: Object.fromEntries(labels), width: null, height: null },
      ...{ sourceSha256: null, modelPrediction: null, modelLoss: null, modelRank: null },
      ...{ status: 'ok', reason: null },
    };
  });
  const names = made.labelSets.map(({ name }) => name);
  const result = await writeSamples(temporaryPath(directory, file), names, rows);
  await commitAll(directory, [{ file, result }]);
}

async function writeShard(
  directory: string,
  made: MadeCache,
  { tap, split, shard }: Part & { tap: MadeTap },
): Promise<void> {
  const { start, end, ids } = idsOf(made, { split, shard });
  const file = featureFile(madeColumn(tap.name), split, shard, 'arrow');
  const writer = await openShardWriter({
    path: temporaryPath(directory, file),
    ...{ features: tap.features, dtype: 'float32', format: 'arrow', rows: end - start },
  });
  await writer.append(ids, await tap.values(split, start, end));
  await commitAll(directory, [{ file, result: await writer.finish() }]);
}
