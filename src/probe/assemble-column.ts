import type { PerSplit } from '../split.js';
import type { Measurement, Predictions, ProbeWeights, SplitMetrics } from './measurement.js';
import type { ProbeLabels } from './probe-labels.js';
import { rawWeights } from './raw-weights.js';
import { metricsOf } from './score.js';
import type { Scored } from './score-split.js';
import type { Standardisation } from './standardise.js';
import type { TrainedProbe } from './train-probes.js';

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
  /** A row for each label set and l2 value, l2 falling. */
  readonly measurements: Measurement[];
  /** What the selected probes said of every row of valid and, where there is one, of test. */
  readonly predictions: Predictions[];
  /** The selected probes. */
  readonly weights: ProbeWeights[];
}

/** The probes of one label set, scored. */
export interface ScoredLabelSet {
  readonly labels: ProbeLabels;
  /** One for each l2 value, falling, with the scores of each. */
  readonly probes: readonly TrainedProbe[];
  readonly train: readonly Scored[];
  readonly valid: readonly Scored[];
  /** The index of the selected probe, and its scores on test; undefined where that is empty. */
  readonly selected: number;
  readonly test: Scored | undefined;
}

/** What the results are to say beside the scores. */
export interface Column {
  readonly column: ProbedColumn;
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
  { column, seed, standardisation }: Column,
  set: ScoredLabelSet,
  at: number,
): Measurement {
  const { name, classes } = set.labels.set;
  const { l2, gap, converged, passes, seconds } = set.probes[at]!;
  const selected = at === set.selected;
  return {
    ...column,
    features: standardisation.features,
    usedFeatures: standardisation.usedFeatures,
    labelSet: name,
    classes: classes.length,
    l2,
    seed,
    selected,
    train: requiredMetrics(set.train[at]!, classes.length),
    valid: requiredMetrics(set.valid[at]!, classes.length),
    test: selected && set.test !== undefined ? metricsOf(set.test.tally, classes.length) : null,
    optimalityGap: gap,
    converged,
    passes,
    seconds,
  };
}

function requiredMetrics({ tally }: Scored, classes: number): SplitMetrics {
  const metrics = metricsOf(tally, classes);
  if (metrics === null) throw new Error('a split without labels was probed');
  return metrics;
}

function predictionsOf({ column, ids }: Column, set: ScoredLabelSet): Predictions[] {
  const { labels, selected, valid, test } = set;
  const { name, classes } = labels.set;
  const of = (split: 'valid' | 'test', { predicted }: Scored): Predictions => ({
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
