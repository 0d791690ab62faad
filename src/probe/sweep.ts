import { InterruptedError } from '../errors.js';
import type { Cache, CachedColumn } from '../read/cache.js';
import { type FeatureSource, featureSource } from '../read/feature-source.js';
import { featureIds, featureKeys, readSampleTable } from '../read/samples.js';
import type { PerSplit, Split } from '../split.js';
import type { StageClock } from '../stage-clock.js';
import { joinResults, type KeptResults, resultOf } from './kept-results.js';
import { type ColumnProgress, type ColumnResult, probeColumn } from './probe-column.js';
import type { ProbeKind } from './probe-kind.js';
import type { ProbeLabelSet } from './probe-labels.js';
import type { StochasticSettings } from './stochastic-settings.js';

/** What a sweep trains: every column x label set x l2 value. */
export interface SweepOptions {
  readonly cache: Cache;
  readonly columns: readonly CachedColumn[];
  /** Labels aligned with the rows that a column of the cache has: those of the samples that could be decoded. */
  readonly labelSets: readonly ProbeLabelSet[];
  readonly kind?: ProbeKind;
  readonly stochastic?: Partial<StochasticSettings> | undefined;
  readonly l2: readonly number[] | 'auto';
  readonly seed: number;
  /** As `ColumnOptions` has them; kinds with a closed form, and those that are stopped early, have neither. */
  readonly tolerance?: number | undefined;
  readonly maxPasses?: number | undefined;
  /** Folds that train is cut into, 0 for none, and the number of seeds, `seed` being the first. Default 0 and 1. */
  readonly folds?: number | undefined;
  readonly seeds?: number | undefined;
  readonly memoryBytes: number;
  readonly clock: StageClock;
  /** Where finished results are kept: a column's label sets that have some are not trained. Default: nowhere. */
  readonly kept?: KeptResults | undefined;
  readonly signal?: AbortSignal;
  /** Called as a column goes on, with its place among the columns. */
  readonly onProgress?: (place: number, progress: ColumnProgress) => void;
}

/** What a column came to, and how many of its label sets were trained and not found. */
export interface SweptColumn extends ColumnResult {
  readonly trainedLabelSets: number;
  /** Passes over the train split for those, all probes together. */
  readonly trainedPasses: number;
}

/**
 * Trains the probes of one column after the other, in depth order, and yields each column's result as it is there.
 * What is kept from an earlier sweep is not trained again; the label sets that are not are trained side by side.
 *
 * @throws UserError when a column lacks shards, or a label set cannot be probed.
 * @throws DamagedCacheError when a shard is not as recorded.
 * @throws InterruptedError when the signal is raised.
 */
export async function* sweep(options: SweepOptions): AsyncGenerator<SweptColumn, void> {
  const { columns, labelSets, kept } = options;
  for (const [place, column] of columns.entries()) {
    const known = new Map(await kept?.find(column, labelSets));
    const missing = labelSets.filter(({ name }) => !known.has(name));
    let trainedPasses = 0;
    if (missing.length > 0) {
      const result = await trainColumn(options, { place, column, labelSets: missing });
      await kept?.keep(column, missing, result);
      for (const { name } of missing) known.set(name, resultOf(result, name));
      trainedPasses = result.measurements.reduce((sum, { passes }) => sum + passes, 0);
    }
    const all = joinResults(labelSets.map(({ name }) => known.get(name)!));
    yield { ...all, trainedLabelSets: missing.length, trainedPasses };
  }
}

async function trainColumn(
  options: SweepOptions,
  own: {
    readonly place: number;
    readonly column: CachedColumn;
    readonly labelSets: readonly ProbeLabelSet[];
  },
): Promise<ColumnResult> {
  const {
    cache,
    columns: _,
    clock,
    kept: __,
    onProgress,
    signal,
    folds = 0,
    seeds = 1,
    ...training
  } = options;
  const { place, column, labelSets } = own;
  const sources = await eachSplit(async (split) =>
    interruptible(await featureSource(cache, column, split), signal),
  );
  const { tap, reduction } = column;
  const ids = await featureIdsOf(cache);
  const keys = folds > 0 ? featureKeys(await readSampleTable(cache, 'train')) : [];
  return await clock.time('probe', () =>
    probeColumn({
      ...training,
      labelSets,
      signal,
      ids,
      repeats: { folds, seeds: Array.from({ length: seeds }, (_, at) => options.seed + at), keys },
      column: { tap: tap.name, depth: tap.depth, shape: tap.shape.join('x'), reduction },
      sources,
      onProgress: (progress) => onProgress?.(place, progress),
    }),
  );
}

/** A source that stops between two blocks: reading a large split through once can take minutes. */
export function interruptible(source: FeatureSource, signal: AbortSignal | undefined): FeatureSource {
  return {
    ...source,
    async *blocks(how) {
      for await (const block of source.blocks(how)) {
        if (signal?.aborted) throw new InterruptedError('probing was interrupted');
        yield block;
      }
    },
  };
}

async function featureIdsOf(cache: Cache): Promise<PerSplit<Int32Array>> {
  return eachSplit(async (split) => featureIds(await readSampleTable(cache, split)));
}

async function eachSplit<T>(read: (split: Split) => Promise<T>): Promise<PerSplit<T>> {
  return { train: await read('train'), valid: await read('valid'), test: await read('test') };
}
