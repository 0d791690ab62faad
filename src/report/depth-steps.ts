import type { ErrorInterval } from '../probe/error-interval.js';
import { holmAdjusted } from '../probe/holm.js';
import type { Measurement } from '../probe/measurement.js';
import { countChanges, type Outcomes } from '../probe/outcomes.js';
import { pairedDifference } from '../probe/paired-difference.js';
import { type ResampledDifference, resampledDifference } from '../probe/resampled-difference.js';
import type { Topology } from '../store/topology.js';
import { selectedOf } from './depth-order.js';
import { type StepPair, stepPairs } from './depth-step-pairs.js';
import { quotedSplit } from './quoted-split.js';

/** How the error changes from one probed tap to the next, on the same samples: a row of `depth-steps.parquet`. */
export interface DepthStep {
  readonly labelSet: string;
  readonly from: StepEnd;
  readonly to: StepEnd;
  readonly split: 'valid' | 'test';
  readonly samples: number;
  /** Samples that are right at `from` and wrong at `to`, and the reverse. */
  readonly newlyWrong: number;
  readonly newlyRight: number;
  /** The error at `to` less that at `from`, a fraction, and its 95 % interval. */
  readonly change: number;
  readonly interval: ErrorInterval;
  /** Two-sided, of the test split's noise alone: the probes are what they are. */
  readonly p: number;
  /** The same change over the folds of train, with the noise of the training sample; null without folds. */
  readonly folds: ResampledDifference | null;
  /** The larger of both p-values, after Holm's correction over all steps of the label set. */
  readonly adjustedP: number;
}

/** The probe that a step leaves, or comes to. */
export interface StepEnd {
  readonly tap: string;
  readonly reduction: string;
}

/**
 * What a step is: a change beyond noise at 5 %, of all the label set's steps together, or none that can be told. The noise
 * is that of the samples scored; with folds also that of the training sample, and the change must be beyond both.
 */
export type DepthVerdict = 'falls' | 'rises' | 'within noise';

const LEVEL = 0.05;

/** Whether a step's change is larger than the noise, and which way. */
export function verdictOf({ adjustedP, change }: DepthStep): DepthVerdict {
  if (adjustedP > LEVEL) return 'within noise';
  return change < 0 ? 'falls' : 'rises';
}

/** The noise that steps are judged by, in words: `the noise of the test split`. */
export function noiseText(steps: readonly Pick<DepthStep, 'split' | 'folds'>[]): string {
  const split = steps[0]?.split ?? 'test';
  const over = steps.some(({ folds }) => folds !== null) ? ' and of the training sample' : '';
  return `the noise of the ${split} split${over}`;
}

/**
 * Compares the probes of a run that follow each other, label set by label set, on the split that results are quoted on.
 * Probes without outcomes are left out.
 */
export function measureDepthSteps(
  measurements: readonly Measurement[],
  {
    topology,
    outcomes,
    folds = 0,
  }: {
    readonly topology: Topology;
    readonly outcomes: readonly Outcomes[];
    /** How many folds train was cut into; 0 for none. */
    readonly folds?: number;
  },
): readonly DepthStep[] {
  const found = new Map(outcomes.map((one) => [keyOf(one, one.split), one]));
  const labelSets = [...new Set(measurements.map(({ labelSet }) => labelSet))];
  return labelSets.flatMap((labelSet) => {
    const rows = selectedOf(measurements, labelSet);
    const split = quotedSplit(rows);
    const ofRow = (row: Measurement) => found.get(keyOf(row, split));
    return compareSteps(stepPairs(rows, topology), ofRow, folds);
  });
}

function keyOf(
  { tap, reduction, labelSet }: Pick<Measurement, 'tap' | 'reduction' | 'labelSet'>,
  split: string,
) {
  return JSON.stringify([tap, reduction, labelSet, split]);
}

/** Compares pairs of probes of one label set; Holm's correction is over all of them. */
export function compareSteps(
  pairs: readonly StepPair[],
  outcomesOf: (row: Measurement) => Outcomes | undefined,
  folds = 0,
): readonly DepthStep[] {
  const compared = pairs.flatMap(({ from, to }) => {
    const [before, after] = [outcomesOf(from), outcomesOf(to)];
    if (before === undefined || after === undefined) return [];
    const counts = countChanges(before, after);
    if (counts.samples === 0) return [];
    const ends = { labelSet: to.labelSet, from: endOf(from), to: endOf(to), split: after.split };
    const resampled = folds < 2 ? null : resampledDifference(from.foldErrors, to.foldErrors, folds);
    return [{ ...ends, ...counts, ...pairedDifference(counts), folds: resampled }];
  });
  const adjusted = holmAdjusted(compared.map(({ p, folds: own }) => Math.max(p, own?.p ?? 0)));
  return compared.map((step, at) => ({ ...step, adjustedP: adjusted[at]! }));
}

function endOf({ tap, reduction }: Measurement): StepEnd {
  return { tap, reduction };
}

/**
 * The step to a tap: from the deepest of the probed taps that it is computed from; undefined for the first tap.
 *
 * @param steps - of one label set.
 * @param end - its reduction null where each tap has one.
 */
export function stepTo(
  steps: readonly DepthStep[],
  { tap, reduction }: { readonly tap: string; readonly reduction: string | null },
): DepthStep | undefined {
  return steps.findLast(({ to }) => to.tap === tap && (reduction === null || to.reduction === reduction));
}
