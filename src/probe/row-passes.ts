import { setImmediate } from 'node:timers/promises';
import { InterruptedError } from '../errors.js';
import type { FeatureValues } from '../read/shard-block.js';
import type { Minibatch, MinibatchOptions } from './minibatches.js';
import type { RowScores } from './score.js';
import type { RowChunk } from './standardised-rows.js';

/** One problem among those of a wide pass: its columns stand beside those of the problem before it. */
export interface WideProblem {
  readonly classes: number;
  /** A class for each row; negative for rows that do not count. */
  readonly labels: Int32Array;
  /** Whether the second moments of the probabilities are wanted. */
  readonly curvature: boolean;
}

/** What a wide pass sums for one problem, over the rows that count. */
export interface ProblemSums {
  /** Of the losses -log p_y, in nats. */
  readonly loss: number;
  /** Of ||p||^2. */
  readonly squares: number;
  /** Of p p', (classes, classes): where wanted. */
  readonly moments: Float64Array | undefined;
}

/** The sums of a wide pass. */
export interface WideSums {
  /** Z'(P - Y), (features, columns) row by row, and then the sums of P - Y by column. */
  readonly gradient: Float64Array;
  readonly problems: readonly ProblemSums[];
}

/** What all passes take: several linear maps side by side. */
export interface WideWeights<Problem> {
  /** (features, columns) row by row, and then the biases: of the standardised features. */
  readonly weights: Float32Array;
  readonly problems: readonly Problem[];
  readonly signal?: AbortSignal | undefined;
}

/** What a scoring pass needs of a problem. */
export type ScoredProblem = Omit<WideProblem, 'curvature'>;

/** One problem of a minibatch. Nothing is made anew at every step: the caller's arrays are used again and again. */
export interface BatchProblem {
  readonly classes: number;
  /** A class for each row of the minibatch; negative for rows that do not count. It may be longer. */
  readonly labels: Int32Array;
  /** The sum of the losses and that of ||p||^2: added to. */
  readonly sums: Float64Array;
}

/** What the sums over one minibatch are made of, and where they go. */
export interface BatchWork {
  /** (rows, features) as they are stored, row by row. */
  readonly values: FeatureValues;
  /** As those of {@link WideWeights}. */
  readonly weights: Float32Array;
  readonly problems: readonly BatchProblem[];
  /** As that of {@link WideSums}: overwritten. */
  readonly gradient: Float64Array;
}

/** Which second moments are asked for. */
export interface GramOptions {
  readonly signal?: AbortSignal | undefined;
  /** Row numbers, rising: all other rows are left out. */
  readonly picks?: Int32Array | undefined;
  /** `rough` may take tile units (see `Products`), for what only shapes the steps of a solver. */
  readonly precision: 'float32' | 'rough';
}

/**
 * Passes over the standardised rows of one split, as often as needed. Each reads every row once and does all that is
 * to be done with it.
 */
export interface RowPasses {
  readonly rows: number;
  readonly features: number;
  /**
   * The sums of loss and gradient of all problems.
   *
   * @throws InterruptedError when the signal is raised.
   * @throws UserError for a feature that is not finite.
   */
  accumulate(work: WideWeights<WideProblem>): Promise<WideSums>;
  /** What each problem says of each row. @throws as accumulate. */
  score(work: WideWeights<ScoredProblem>): Promise<RowScores[]>;
  /** Z'Z, (features, features). @throws as accumulate. */
  gram(options: GramOptions): Promise<Float64Array>;
  /** All rows once, in random order, some at a time. @throws as accumulate. */
  minibatches(options: MinibatchOptions): AsyncGenerator<Minibatch, void>;
  /** The sums of loss and gradient over a minibatch alone, standardised like all rows. */
  accumulateBatch(work: BatchWork): Promise<void>;
  /** The standardised rows as tensors, for what no kernel of ours computes. @throws UserError as accumulate. */
  chunks(): AsyncIterable<RowChunk>;
  /** Frees what is kept in memory. */
  dispose(): void;
}

/** The columns of problems that stand side by side. */
export function columnsOf(problems: readonly { readonly classes: number }[]): number {
  return problems.reduce((sum, { classes }) => sum + classes, 0);
}

/**
 * Lets signals and timers have their turn: passes over rows in memory never wait for a file.
 *
 * @throws InterruptedError when the signal is raised.
 */
export async function heard(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  if (signal?.aborted) throw new InterruptedError('probing was interrupted');
}
