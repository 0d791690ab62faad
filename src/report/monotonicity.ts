import { kendallTau } from '../probe/kendall.js';
import type { Measurement } from '../probe/measurement.js';
import { selectedOf } from './depth-order.js';
import { type Sequence, sequencesOf } from './depth-step-pairs.js';
import { type DepthStep, noiseText, verdictOf } from './depth-steps.js';
import { countText, probabilityText } from './number-text.js';
import { quotedSplit } from './quoted-split.js';
import type { RunRecord } from './run-record.js';

/**
 * How steadily the error of one label set falls with depth ("almost perfectly monotonically decreasing", section 6 of
 * the paper): over all pairs of taps, and over the steps from each tap to the next.
 */
export interface Monotonicity {
  readonly labelSet: string;
  /** Null where each tap has one reduction. */
  readonly reduction: string | null;
  readonly split: 'valid' | 'test';
  readonly taps: number;
  /** Pairs of taps of different depths; those of them whose deeper tap has the larger error, and the same one. */
  readonly pairs: number;
  readonly inversions: number;
  readonly ties: number;
  /**
   * Kendall's tau-b of error and depth, -1 where it falls at every tap, and its two-sided p-value; null where undefined. The
   * p-value describes: it takes taps for independent samples, which those of one network are not.
   */
  readonly tau: number | null;
  readonly p: number | null;
  readonly steps: StepCounts;
}

/** Steps by their direction, and those of them that are larger than the noise. */
export interface StepCounts {
  /** Which noise: `the noise of the test split`. */
  readonly noise: string;
  readonly all: number;
  readonly falls: number;
  readonly fallsBeyondNoise: number;
  readonly rises: number;
  readonly risesBeyondNoise: number;
}

/** How steadily the quoted error falls, for each label set of a run (and reduction, where taps have several). */
export function monotonicityOf(
  measurements: readonly Measurement[],
  run: Pick<RunRecord, 'labelSets'>,
  steps: readonly DepthStep[],
): readonly Monotonicity[] {
  return run.labelSets.flatMap(({ name }) => {
    const rows = selectedOf(measurements, name);
    const split = quotedSplit(rows);
    const own = steps.filter(({ labelSet }) => labelSet === name);
    return sequencesOf(rows)
      .map((sequence) => ofSequence(sequence, split, own))
      .filter(({ taps }) => taps > 1)
      .map((result) => ({ labelSet: name, ...result }));
  });
}

function ofSequence(
  { reduction, rows }: Sequence,
  split: 'valid' | 'test',
  steps: readonly DepthStep[],
): Omit<Monotonicity, 'labelSet'> {
  const points = rows.flatMap((row) => {
    const error = row[split]?.error;
    return error === undefined ? [] : [{ depth: row.depth, error }];
  });
  const depths = points.map(({ depth }) => depth);
  const kendall = kendallTau(
    depths,
    points.map(({ error }) => error),
  );
  const pairs = pairsOfDepths(depths);
  const own = steps.filter(({ to }) => reduction === null || to.reduction === reduction);
  return {
    ...{ reduction, split, taps: points.length, pairs },
    inversions: kendall.concordant,
    ties: pairs - kendall.concordant - kendall.discordant,
    tau: kendall.tau,
    p: kendall.p,
    steps: countSteps(own),
  };
}

function pairsOfDepths(depths: readonly number[]): number {
  const earlier = (depth: number, at: number) =>
    depths.slice(0, at).filter((other) => other !== depth).length;
  return depths.reduce((sum, depth, at) => sum + earlier(depth, at), 0);
}

function countSteps(steps: readonly DepthStep[]): StepCounts {
  const count = (is: (step: DepthStep) => boolean) => steps.filter(is).length;
  return {
    noise: noiseText(steps),
    all: steps.length,
    falls: count(({ change }) => change < 0),
    fallsBeyondNoise: count((step) => verdictOf(step) === 'falls'),
    rises: count(({ change }) => change > 0),
    risesBeyondNoise: count((step) => verdictOf(step) === 'rises'),
  };
}

/**
 * In words, as two clauses: `the test error falls at 11 of 12 steps, 9 beyond the noise of the test split, and rises at 1,
 * none beyond it` and `1 inversion of 78 pairs; Kendall's tau -0.97 (p = ...)`. Without steps, as in older runs, the
 * second alone.
 */
export function monotonicityClauses(course: Monotonicity): readonly string[] {
  const { reduction, split, pairs, inversions, ties, tau, p, steps } = course;
  const of = reduction === null ? '' : `${reduction}: `;
  const tied = ties > 0 ? ` (${countText(ties)} tied)` : '';
  const kendall = tau === null ? '' : `; Kendall's tau ${tau.toFixed(2)} (${independenceText(p ?? 1)})`;
  return [
    ...(steps.all > 0 ? [`${of}${stepsText(split, steps)}`] : []),
    `${of}${counted(inversions, 'inversion')} of ${counted(pairs, 'pair')}${tied}${kendall}`,
  ];
}

/** What the p-value is worth: the errors of taps of one network depend on each other. */
function independenceText(p: number): string {
  return `p = ${probabilityText(p)} if taps were independent samples, which they are not`;
}

function stepsText(
  split: string,
  { noise, all, falls, fallsBeyondNoise, rises, risesBeyondNoise }: StepCounts,
): string {
  const beyond = (count: number, what: string) => `${count === 0 ? 'none' : countText(count)} beyond ${what}`;
  const fallText = falls === 0 ? '' : `, ${beyond(fallsBeyondNoise, noise)}`;
  const again = falls === 0 ? noise : 'it';
  const riseText =
    rises === 0 ? '' : `, and rises at ${countText(rises)}, ${beyond(risesBeyondNoise, again)}`;
  return `the ${split} error falls at ${countText(falls)} of ${counted(all, 'step')}${fallText}${riseText}`;
}

function counted(count: number, thing: string): string {
  return `${countText(count)} ${thing}${count === 1 ? '' : 's'}`;
}
