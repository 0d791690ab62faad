import { type NativeRows, type NativeSoftmax, softmaxThreads, tilesInUse } from '../backend/softmax.js';
import type { FeatureBlock, FeatureSource } from '../read/feature-source.js';
import type { Split } from '../split.js';
import { type ColumnLabel, columnText, nonFiniteFeature } from './column-label.js';
import { STEP_NUMBERS } from './gradient-steps.js';
import { shuffledRows, streamedWindows } from './minibatches.js';
import {
  type AccumulateWork,
  columnsOf,
  type Descent,
  type GramOptions,
  letEventsThrough,
  type RowPasses,
  type ScoredProblem,
  type WideSums,
  type WideWeights,
} from './row-passes.js';
import { emptyScores, type RowScores } from './score.js';
import { momentsAbout, nativeRows, type Standardisation, standardisationOf } from './standardise.js';
import { type RowChunk, StandardisedRows } from './standardised-rows.js';

/** Narrower products are not computed on tiles: `kLeastTileColumns` of softmax.cc. */
const LEAST_TILE_COLUMNS = 32;

/** What every thread may take for its sums. */
const SUM_BYTES = 2 ** 29;

/** Multiplications after which a run of minibatches ends, so that an interruption is noticed: about a second. */
const CALL_PRODUCTS = 5e10;

/** A chunk of rows that are handed out as a tensor: what is made of them may be wider than they are. */
const CHUNK = { bytes: 2 ** 25, leastRows: 16, mostRows: 4096 };

/** What {@link NativePasses} goes through. */
export interface NativeOptions {
  readonly native: NativeSoftmax;
  readonly source: FeatureSource;
  readonly split: Split;
  readonly column: ColumnLabel;
  readonly standardisation: Standardisation;
  /** The blocks of the source, to be kept in memory as they are; without them the source is read at every pass. */
  readonly kept?: readonly FeatureBlock[] | undefined;
  /** True keeps the blocks in memory from the first pass on. */
  readonly keepsRead?: boolean | undefined;
  /** What a window of a streamed epoch may take. */
  readonly windowBytes?: number | undefined;
}

/**
 * Passes by our own kernels, on the features as they are stored: float16 is widened and all is standardised in the
 * processor's cache, and nothing is copied.
 */
export class NativePasses implements RowPasses {
  readonly rows: number;
  readonly features: number;
  readonly column: ColumnLabel;
  readonly split: Split;
  #kept: readonly FeatureBlock[] | undefined;
  /** How rows are standardised, without any. */
  readonly #noRows: NativeRows;

  constructor(private readonly options: NativeOptions) {
    this.rows = options.source.rows;
    this.features = options.source.features;
    this.column = options.column;
    this.split = options.split;
    this.#kept = options.kept;
    this.#noRows = nativeRows([], options.standardisation, 0);
  }

  async accumulate({
    weights,
    problems,
    signal,
    precision = 'float32',
    direction,
  }: AccumulateWork): Promise<WideSums> {
    const columns = columnsOf(problems);
    const gradient = new Float64Array((this.features + 1) * columns);
    const sums = problems.map(({ classes, labels, curvature }) => ({
      classes,
      labels,
      sums: new Float64Array(2),
      moments: curvature ? new Float64Array(classes * classes) : undefined,
    }));
    const threads = this.#threads(12 * gradient.length);
    const { native } = this.options;
    const [narrow, wide] =
      precision === 'float32' ? [narrowed(weights)] : [undefined, widenedWeights(weights)];
    await this.#each(signal, (rows) =>
      narrow === undefined
        ? native.exactAccumulate(rows, threads, wide!, sums, gradient, direction)
        : native.accumulate(rows, threads, narrow, sums, gradient),
    );
    const own = sums.map(({ sums: [loss = 0, squares = 0], moments }) => ({ loss, squares, moments }));
    return { gradient, problems: own };
  }

  async score({ weights, problems, signal }: WideWeights<ScoredProblem>): Promise<RowScores[]> {
    const scores = problems.map((problem) => ({ ...problem, ...emptyScores(this.rows) }));
    const wide = widenedWeights(weights);
    await this.#each(signal, (rows) => this.options.native.score(rows, softmaxThreads(), wide, scores));
    return scores;
  }

  async gram({ signal, picks, precision }: GramOptions): Promise<Float64Array> {
    const sums = new Float64Array(this.features ** 2);
    const threads = this.#threads(12 * sums.length);
    await this.#each(signal, async (rows) => {
      const picked = { ...rows, picks: picks && picksWithin(picks, rows) };
      if (picked.picks?.length === 0) return;
      if (precision === 'rough') await this.options.native.gram(picked, threads, sums, true);
      else await this.options.native.exactGram(picked, threads, sums);
    });
    return sums;
  }

  async moments(
    picks: readonly (Int32Array | undefined)[],
    signal?: AbortSignal,
  ): Promise<Standardisation[]> {
    const sums = picks.map(() => momentsAbout(this.options.standardisation));
    await this.#each(signal, async (rows) => {
      for (const [at, own] of picks.entries()) {
        const picked = { ...rows, picks: own && picksWithin(own, rows) };
        const { first, sum, squares } = sums[at]!;
        await this.options.native.moments(picked, softmaxThreads(), first, sum, squares);
      }
    });
    return sums.map((own, at) => standardisationOf({ ...own, rows: picks[at]?.length ?? this.rows }));
  }

  restandardised(standardisation: Standardisation): RowPasses {
    return new NativePasses({ ...this.options, standardisation, kept: this.#kept });
  }

  roundoff(columns: number): number {
    return columns >= LEAST_TILE_COLUMNS && tilesInUse() ? 2 ** -16 : 2 ** -24;
  }

  async descend(work: Descent): Promise<number> {
    const { source, standardisation, windowBytes } = this.options;
    if (this.#kept !== undefined) {
      const { rows: order, ends } = shuffledRows(this.rows, work);
      return this.#descend(work, ends, (from, end) => ({
        ...nativeRows(this.#kept!, standardisation, 0),
        picks: order.subarray(from, end),
      }));
    }
    let { steps } = work;
    for await (const { rows, values, ends } of streamedWindows(source, { ...work, windowBytes })) {
      const problems = work.problems.map(({ classes, labels }) => ({
        classes,
        labels: rows.map((row) => labels[row]!),
      }));
      steps = await this.#descend({ ...work, problems, steps }, ends, (from, end) => ({
        ...this.#noRows,
        blocks: [values.subarray(from * this.features, end * this.features)],
        start: from,
      }));
    }
    return steps;
  }

  /** Steps by all of some minibatches, so many at a time that a signal is noticed between them. */
  async #descend(
    { state, problems, steps, signal }: Descent,
    ends: Int32Array,
    rowsOf: (from: number, end: number) => NativeRows,
  ): Promise<number> {
    const { weights, states, rates, l2 } = state;
    const own = problems.map((problem, at) => ({ ...problem, rate: rates[at]!, l2: l2[at]! }));
    const mostRows = CALL_PRODUCTS / (2 * weights.length);
    let [taken, from] = [0, 0];
    while (taken < ends.length) {
      let until = taken + 1;
      while (until < ends.length && ends[until]! - from <= mostRows) until += 1;
      const minibatches = {
        ends: ends.subarray(taken, until).map((end) => end - from),
        count: steps + taken,
      };
      const rows = rowsOf(from, ends[until - 1]!);
      await this.options.native.descend(rows, softmaxThreads(), weights, own, {
        ...{ ...minibatches, states },
        ...STEP_NUMBERS,
      });
      await letEventsThrough(signal);
      from = ends[until - 1]!;
      taken = until;
    }
    return steps + taken;
  }

  chunks(): AsyncIterable<RowChunk> {
    const { source, split, column, standardisation } = this.options;
    const kept = this.#kept;
    const read = kept === undefined ? source : { ...source, blocks: () => eachOf(kept) };
    const fitting = Math.floor(CHUNK.bytes / (4 * this.features));
    const chunkRows = Math.min(CHUNK.mostRows, Math.max(CHUNK.leastRows, fitting));
    const options = { source: read, split, column, standardisation, chunkRows, resident: false };
    return new StandardisedRows(options).chunks();
  }

  dispose(): void {
    this.#kept = undefined;
  }

  #threads(bytes: number): number {
    return Math.max(1, Math.min(softmaxThreads(), Math.floor(SUM_BYTES / bytes)));
  }

  /** Calls for all rows: at once where they are in memory, else block by block while the next one is read. */
  async #each(signal: AbortSignal | undefined, call: (rows: NativeRows) => Promise<void>): Promise<void> {
    const { source, standardisation, keepsRead = false } = this.options;
    if (this.#kept !== undefined) {
      await call(nativeRows(this.#kept, standardisation, 0));
      await letEventsThrough(signal);
      return;
    }
    let start = 0;
    const kept: FeatureBlock[] = [];
    for await (const block of source.blocks({ keep: keepsRead })) {
      if (start + block.rows > source.rows) throw this.#wrongRows(start + block.rows);
      await call(nativeRows([block], standardisation, start)).catch((error: Error) => {
        throw this.#explained(error, block, start);
      });
      start += block.rows;
      if (keepsRead) kept.push(block);
      await letEventsThrough(signal);
    }
    if (start !== source.rows) throw this.#wrongRows(start);
    if (keepsRead) this.#kept = kept;
  }

  #explained(error: Error, block: FeatureBlock, start: number): Error {
    const { column, split, source } = this.options;
    if (!error.message.startsWith('not finite')) return error;
    return nonFiniteFeature({ column, split, source, block, start });
  }

  #wrongRows(found: number): Error {
    const { column, split, source } = this.options;
    return new Error(`${columnText(column)}: ${found} ${split} rows found, ${source.rows} announced`);
  }
}

/** Those of some picked rows, rising, that lie in some blocks. */
function picksWithin(picks: Int32Array, { start, blocks, features }: NativeRows): Int32Array {
  const end = start + blocks.reduce((sum, { length }) => sum + length, 0) / features;
  return picks.filter((row) => row >= start && row < end);
}

function narrowed(weights: Float32Array | Float64Array): Float32Array {
  return weights instanceof Float32Array ? weights : Float32Array.from(weights);
}

function widenedWeights(weights: Float32Array | Float64Array): Float64Array {
  return weights instanceof Float64Array ? weights : Float64Array.from(weights);
}

async function* eachOf(blocks: readonly FeatureBlock[]): AsyncGenerator<FeatureBlock> {
  yield* blocks;
}
