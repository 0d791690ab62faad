import { InterruptedError } from '../errors.js';
import type { Cache, CachedColumn } from '../read/cache.js';
import { type FeatureSource, featureSource } from '../read/feature-source.js';
import { featureIds, readSampleTable } from '../read/samples.js';
import type { PerSplit, Split } from '../split.js';
import type { StageClock } from '../stage-clock.js';
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
  readonly l2: readonly number[];
  readonly seed: number;
  readonly tolerance: number;
  readonly maxPasses: number;
  readonly memoryBytes: number;
  readonly clock: StageClock;
  readonly signal?: AbortSignal;
  /** Called as a column goes on, with its place among the columns. */
  readonly onProgress?: (place: number, progress: ColumnProgress) => void;
}

/**
 * Trains the probes of one column after the other, in depth order, and yields each column's result as it is there.
 *
 * @throws UserError when a column lacks shards, or a label set cannot be probed.
 * @throws DamagedCacheError when a shard is not as recorded.
 * @throws InterruptedError when the signal is raised.
 */
export async function* sweep(options: SweepOptions): AsyncGenerator<ColumnResult, void> {
  const { cache, columns, clock, onProgress, signal, ...training } = options;
  const ids = await featureIdsOf(cache);
  for (const [place, column] of columns.entries()) {
    const sources = await eachSplit(async (split) =>
      interruptible(await featureSource(cache, column, split), signal),
    );
    const { tap, reduction } = column;
    const result = await clock.time('probe', () =>
      probeColumn({
        ...training,
        signal,
        ids,
        column: { tap: tap.name, depth: tap.depth, shape: tap.shape.join('x'), reduction },
        sources,
        onProgress: (progress) => onProgress?.(place, progress),
      }),
    );
    yield result;
  }
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
