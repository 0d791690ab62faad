import { setImmediate } from 'node:timers/promises';
import { InterruptedError } from '../errors.js';
import type { Split } from '../split.js';
import type { ColumnLabel } from './column-label.js';
import type { Optimiser, WideState } from './gradient-steps.js';
import type { MinibatchOptions } from './minibatches.js';
import type { RowScores } from './score.js';
import type { Standardisation } from './standardise.js';
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

/** What a pass computes with. */
export type Precision = 'float32' | 'float64';

/** What all passes take: several linear maps side by side. */
export interface WideWeights<Problem> {
  /** (features, columns) row by row, and then the biases: of the standardised features. */
  readonly weights: Float32Array | Float64Array;
  readonly problems: readonly Problem[];
  readonly signal?: AbortSignal | undefined;
}

/** What a scoring pass needs of a problem. */
export type ScoredProblem = Omit<WideProblem, 'curvature'>;

/** An epoch of a bank's steps. */
export interface Descent extends MinibatchOptions {
  readonly optimiser: Optimiser;
  /** Changed by every step. */
  readonly state: WideState;
  /** The label set of each probe of the bank. */
  readonly problems: readonly ScoredProblem[];
  /** How many steps have been taken before. */
  readonly steps: number;
}

/** What is summed. */
export interface AccumulateWork extends WideWeights<WideProblem> {
  readonly precision?: Precision | undefined;
  /** As the weights lie. */
  readonly direction?: Float64Array | undefined;
}

/** Which second moments are asked for. */
export interface GramOptions {
  readonly signal?: AbortSignal | undefined;
  /** Row numbers, rising: all other rows are left out. */
  readonly picks?: Int32Array | undefined;
  /** `rough`: float32, or tile units (see `Products`), for what only shapes the steps of a solver. */
  readonly precision: 'float64' | 'rough';
}

/**
 * Passes over the standardised rows of one split, as often as needed. Each reads every row once and does all that is
 * to be done with it.
 */
export interface RowPasses {
  readonly rows: number;
  readonly features: number;
  /** What is gone through, for messages. */
  readonly column: ColumnLabel;
  readonly split: Split;
  /**
   * The sums of loss and gradient of all problems, in float32 unless float64 is asked for. In float64 and with a direction
   * the gradient is the Hessian times that.
   *
   * @throws InterruptedError when the signal is raised.
   * @throws UserError for a feature that is not finite.
   */
  accumulate(work: AccumulateWork): Promise<WideSums>;
  /** The unit roundoff of products with so many columns in a float32 `accumulate`: 2^-24, but 2^-16 on tiles. */
  roundoff(columns: number): number;
  /** What each problem says of each row, decided in float64. @throws as accumulate. */
  score(work: WideWeights<ScoredProblem>): Promise<RowScores[]>;
  /** Z'Z, (features, features). @throws as accumulate. */
  gram(options: GramOptions): Promise<Float64Array>;
  /**
   * How some rows would be standardised by their own moments, for each of several picks of rows, in one pass. Undefined
   * stands for all rows.
   *
   * @throws as accumulate.
   */
  moments(picks: readonly (Int32Array | undefined)[], signal?: AbortSignal): Promise<Standardisation[]>;
  /** The same rows, standardised otherwise. */
  restandardised(standardisation: Standardisation): RowPasses;
  /**
   * A step for every minibatch of one epoch, all rows once in random order.
   *
   * @returns how many steps have been taken by then.
   * @throws as accumulate.
   */
  descend(work: Descent): Promise<number>;
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
 * Gives signals and timers their turn, as passes over rows in memory never wait for a file.
 *
 * @throws InterruptedError when the signal is raised.
 */
export async function letEventsThrough(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  if (signal?.aborted) throw new InterruptedError('probing was interrupted');
}
