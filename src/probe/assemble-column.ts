import type { PerSplit, Split } from '../split.js';
import type { Measurement, Predictions, ProbeMetrics, ProbeWeights } from './measurement.js';
import type { ProbeKind } from './probe-kind.js';
import type { ProbeLabels } from './probe-labels.js';
import { rawWeights } from './raw-weights.js';
import type { ProbeSpreads } from './repeats.js';
import { metricsOf, type RowScores } from './score.js';
import type { Standardisation } from './standardise.js';
import type { TrainedProbe } from './train-softmax.js';

/** The column that is probed: one tap under one reduction. */
export interface ProbedColumn {
  readonly tap: string;
  /** The tap's depth in the graph, and its activation's shape before reduction, `28x28x256`. */
  readonly depth: number;
  readonly shape: string;
  readonly reduction: string;
}

/** Everything that one column's probes came to. */
export interface ColumnResult {
  /** A row for each label set, l2 value and learning rate, l2 falling. */
  readonly measurements: Measurement[];
  /** What the selected probes said of every row of valid and, where there is one, of test. */
  readonly predictions: Predictions[];
  /** The selected probes. */
  readonly weights: ProbeWeights[];
}

/** The probes of one label set, scored. */
export interface ScoredLabelSet {
  readonly labels: ProbeLabels;
  /** One for each l2 value, falling, and learning rate, with the scores of each. */
  readonly probes: readonly TrainedProbe[];
  readonly train: readonly ProbeMetrics[];
  readonly valid: readonly RowScores[];
  /** The index of the selected probe, and its scores on test; undefined where that is empty. */
  readonly selected: number;
  readonly test: RowScores | undefined;
  /** How the error of each probe varies by chance. */
  readonly spreads: readonly ProbeSpreads[];
}

/** What the results are to say beside the scores. */
export interface Column {
  readonly column: ProbedColumn;
  readonly kind: ProbeKind;
  readonly seed: number;
  readonly standardisation: Standardisation;
  readonly ids: PerSplit<Int32Array>;
}

/** Puts a column's results together. */
export function assembleColumn(context: Column, scored: readonly ScoredLabelSet[]): ColumnResult {
  return {
    measurements: scored.flatMap((set) => set.probes.map((_, at) => measurementOf(context, set, at))),
    predictions: scored.flatMap((set) => predictionsOf(context, set)),
    weights: scored.map((set) => weightsOf(context, set)),
  };
}

function measurementOf(
  { column, kind, seed, standardisation }: Column,
  set: ScoredLabelSet,
  at: number,
): Measurement {
  const { name, classes } = set.labels.set;
  const { l2, gap, converged, passes, seconds } = set.probes[at]!;
  const { learningRate = null, epoch = null, leaveOneOut = null } = set.probes[at]!;
  const selected = at === set.selected;
  const test = selected && set.test !== undefined ? metricsIn(set.test, set, 'test') : null;
  return {
    ...column,
    features: standardisation.features,
    usedFeatures: standardisation.usedFeatures,
    labelSet: name,
    classes: classes.length,
    probe: kind,
    l2,
    seed,
    selected,
    candidates: set.probes.length,
    train: set.train[at]!,
    valid: requiredMetrics(set.valid[at]!, set.labels.labels.valid, classes.length),
    test,
    ...set.spreads[at]!,
    leaveOneOut,
    optimalityGap: gap,
    learningRate,
    epoch,
    converged,
    passes,
    seconds,
  };
}

function metricsIn(scores: RowScores, { labels }: ScoredLabelSet, split: Split): ProbeMetrics | null {
  return metricsOf(scores, labels.labels[split], labels.set.classes.length);
}

/** The metrics of a split in which some row counts. */
export function requiredMetrics(scores: RowScores, labels: Int32Array, classes: number): ProbeMetrics {
  const metrics = metricsOf(scores, labels, classes);
  if (metrics === null) throw new Error('a split without labels was probed');
  return metrics;
}

function predictionsOf({ column, ids }: Column, set: ScoredLabelSet): Predictions[] {
  const { labels, selected, valid, test } = set;
  const { name, classes } = labels.set;
  const of = (split: 'valid' | 'test', { predicted }: RowScores): Predictions => ({
    tap: column.tap,
    reduction: column.reduction,
    labelSet: name,
    split,
    ids: ids[split],
    labels: labels.set.labels[split],
    predicted: predicted.map((output) => labels.present[output]!),
    classes,
  });
  return [of('valid', valid[selected]!), ...(test === undefined ? [] : [of('test', test)])];
}

function weightsOf({ column, standardisation }: Column, set: ScoredLabelSet): ProbeWeights {
  const { labels, probes, selected } = set;
  const { name, classes } = labels.set;
  const { probe } = probes[selected]!;
  return {
    tap: column.tap,
    reduction: column.reduction,
    labelSet: name,
    ...rawWeights({ probe, standardisation, present: labels.present, classes: classes.length }),
    features: standardisation.features,
    classes,
  };
}
