/*
 * Repeats of a label set: probes that are trained beside its own, in the same passes, to tell how far its error is
 * a matter of chance.
 *
 *     fold   trained on train without one fold, scored on that fold     folds x seeds of them
 *     draw   trained on labels drawn with another seed, scored on valid   seeds - 1 of them, of the control alone
 *
 * There is one for every candidate of the label set (every l2 value): in a pass, the columns of repeats stand beside
 * those of the label set, which costs little where classes are few and reading is what takes the time. Selection
 * knows nothing of repeats. A fold's probes standardise the features by the rows that train them (rescaling.ts): of the
 * fold that is left out they know nothing.
 */
import type { PerSplit } from '../split.js';
import type { ColumnLabel } from './column-label.js';
import { cutFolds, withoutFold } from './folds.js';
import type { ErrorSpread } from './measurement.js';
import {
  NO_LABEL,
  type ProbeLabelSet,
  type ProbeLabels,
  prepareLabels,
  UNSEEN_CLASS,
} from './probe-labels.js';
import type { RowPasses } from './row-passes.js';
import { metricsOf } from './score.js';
import { scoreSplit } from './score-split.js';
import type { TrainedProbe } from './train-softmax.js';

/** What is repeated. */
export interface RepeatOptions {
  /** Folds that the train split is cut into; 0 for none. */
  readonly folds: number;
  /** The seeds of the cuts: one cut for each. */
  readonly seeds: readonly number[];
  /** The key of each train row's sample. */
  readonly keys: readonly string[];
}

/** One repeat of one label set. */
export interface Repeat {
  readonly kind: 'fold' | 'draw';
  readonly set: ProbeLabelSet;
  /** What it trains on. */
  readonly labels: ProbeLabels;
  /** What it is scored by, and on which split. */
  readonly split: 'train' | 'valid';
  readonly scored: Int32Array;
}

/** Error over the repeats of one probe; null where there are none of the kind. */
export interface ProbeSpreads {
  readonly folds: ErrorSpread | null;
  /** On each fold of each cut, cut by cut. */
  readonly foldErrors: readonly number[];
  readonly seeds: ErrorSpread | null;
}

/**
 * The repeats of label sets, those of one set after those of the one before it.
 *
 * @throws UserError where a label set has fewer labelled train rows than folds, or a fold leaves one class only.
 */
export function repeatsOf(
  labelSets: readonly ProbeLabelSet[],
  rows: PerSplit<number>,
  { column, repeats }: { column: ColumnLabel; repeats: RepeatOptions },
): Repeat[] {
  const prepared = (set: ProbeLabelSet) => prepareLabels(set, rows, column);
  return labelSets.flatMap((set) => [...foldsOf(set, repeats, prepared), ...drawsOf(set, prepared)]);
}

type Prepare = (set: ProbeLabelSet) => ProbeLabels;

function foldsOf(set: ProbeLabelSet, { folds, seeds, keys }: RepeatOptions, prepared: Prepare): Repeat[] {
  if (folds === 0) return [];
  return seeds.flatMap((seed) => {
    const cut = cutFolds(set, { folds, seed, keys });
    return Array.from({ length: folds }, (_, fold): Repeat => {
      const labels = prepared(withoutFold(set, cut, fold, folds));
      return { kind: 'fold', set, labels, split: 'train', scored: heldOut(set, labels, cut, fold) };
    });
  });
}

/** The labels of one fold's rows, numbered as those of the probe that has not seen them. */
function heldOut(set: ProbeLabelSet, { present }: ProbeLabels, cut: Int32Array, fold: number): Int32Array {
  const index = new Int32Array(set.classes.length).fill(UNSEEN_CLASS);
  present.forEach((label, at) => {
    index[label] = at;
  });
  return set.labels.train.map((label, row) => (cut[row] === fold ? index[label]! : NO_LABEL));
}

function drawsOf(set: ProbeLabelSet, prepared: Prepare): Repeat[] {
  return (set.otherDraws ?? []).map((train): Repeat => {
    const labels = prepared({ ...set, labels: { ...set.labels, train } });
    return { kind: 'draw', set, labels, split: 'valid', scored: labels.labels.valid };
  });
}

/**
 * Scores the repeats, one after the other so that few scores are in memory.
 *
 * @returns for each label set and each of its candidates the spread of the error.
 * @throws InterruptedError when the signal is raised.
 */
export async function scoreRepeats(options: {
  readonly labelSets: readonly ProbeLabelSet[];
  readonly repeats: readonly Repeat[];
  /** The candidates of each repeat. */
  readonly trained: readonly (readonly TrainedProbe[])[];
  /** The error on valid of each label set's own candidates, which are a draw among the others. */
  readonly ownErrors: readonly (readonly number[])[];
  readonly passes: PerSplit<RowPasses>;
  readonly signal?: AbortSignal | undefined;
}): Promise<ProbeSpreads[][]> {
  const { labelSets, repeats, trained, ownErrors, passes, signal } = options;
  const errors: { set: ProbeLabelSet; kind: Repeat['kind']; errors: readonly number[] }[] = [];
  for (const [at, { set, kind, split, scored: labels }] of repeats.entries()) {
    const tasks = trained[at]!.map(({ probe }) => ({ probe, labels }));
    const scores = await scoreSplit({ passes: passes[split], tasks, signal });
    const own = scores.map((one) => metricsOf(one, labels, set.classes.length)?.error ?? Number.NaN);
    errors.push({ set, kind, errors: own });
  }
  const of = (set: ProbeLabelSet, kind: Repeat['kind'], at: number) =>
    errors.filter((one) => one.set === set && one.kind === kind).map((one) => one.errors[at]!);
  return labelSets.map((set, index) =>
    ownErrors[index]!.map((own, at) => {
      const [foldErrors, draws] = [of(set, 'fold', at), of(set, 'draw', at)];
      return {
        folds: spreadOf(foldErrors),
        foldErrors,
        seeds: spreadOf(draws.length > 0 ? [own, ...draws] : []),
      };
    }),
  );
}

/** Mean and standard deviation (of a sample: divided by n - 1); null of nothing, and no deviation of one. */
export function spreadOf(errors: readonly number[]): ErrorSpread | null {
  const count = errors.length;
  if (count === 0) return null;
  const errorMean = errors.reduce((sum, error) => sum + error, 0) / count;
  const squares = errors.reduce((sum, error) => sum + (error - errorMean) ** 2, 0);
  return { count, errorMean, errorSd: count === 1 ? 0 : Math.sqrt(squares / (count - 1)) };
}
