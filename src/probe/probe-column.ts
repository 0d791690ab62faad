import { UserError } from '../errors.js';
import type { FeatureSource } from '../read/feature-source.js';
import { type PerSplit, perSplit } from '../split.js';
import {
  assembleColumn,
  type ColumnResult,
  type ProbedColumn,
  requiredMetrics,
  type ScoredLabelSet,
} from './assemble-column.js';
import { startingGrid } from './grow-grid.js';
import type { ProbeMetrics } from './measurement.js';
import { openRows, type SplitRows } from './open-rows.js';
import { hasL2, isStochastic, type ProbeKind, selectedBy } from './probe-kind.js';
import { type ProbeLabelSet, type ProbeLabels, prepareLabels } from './probe-labels.js';
import { type Repeat, type RepeatOptions, repeatsOf, scoreRepeats } from './repeats.js';
import { columnsOf, type RowPasses } from './row-passes.js';
import { knownError, knownLoss, metricsOf, type RowScores } from './score.js';
import { type ScoreTask, scoreSplit } from './score-split.js';
import { selectProbe } from './selection.js';
import type { StochasticSettings } from './stochastic-settings.js';
import { trainColumn } from './train-column.js';
import type { TrainedProbe } from './train-softmax.js';

export type { ColumnResult, ProbedColumn };

/** How far a column has come: said after every pass over the train split. */
export interface ColumnProgress {
  /** Passes so far, for the whole column. */
  readonly passes: number;
  readonly labelSets: number;
  readonly finishedLabelSets: number;
  /** The l2 value, and the optimality gap as a part of the objective, of the probe that is furthest from its end. */
  readonly l2: number;
  readonly gapOverLoss: number;
}

/** What {@link probeColumn} is to train. */
export interface ColumnOptions {
  readonly column: ProbedColumn;
  readonly sources: PerSplit<FeatureSource>;
  readonly labelSets: readonly ProbeLabelSet[];
  /** None, or 0, for a kind that has no l2. */
  /** `auto` begins with a grid for the number of rows, which grows where the best value is at its end: softmax only. */
  readonly l2: readonly number[] | 'auto';
  /** Default softmax. */
  readonly kind?: ProbeKind | undefined;
  /** Of what is random: the order of minibatches. Softmax probes have nothing that is. */
  readonly seed: number;
  /** Training ends where the optimality gap is at most this part of the objective, unless there is a closed form. Default 1e-3. */
  readonly tolerance?: number | undefined;
  /** Most passes over the train split for each label set and l2 value. Default 1000. */
  readonly maxPasses?: number | undefined;
  /** Settings that differ from the defaults, for the kinds that are trained by minibatches. */
  readonly stochastic?: Partial<StochasticSettings> | undefined;
  /** The train split stays in memory, as it is stored, where it takes at most a half of this; else it is read at every pass. */
  readonly memoryBytes: number;
  /** Folds and seeds that tell how far errors are a matter of chance. Default: none. */
  readonly repeats?: RepeatOptions | undefined;
  /** The sample ids of the sources' rows, for the predictions. Default: 0, 1, 2 ... */
  readonly ids?: PerSplit<Int32Array> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ColumnProgress) => void) | undefined;
}

/**
 * Trains every probe of one column, label sets side by side and l2 values one after the other, selects for each
 * label set the l2 with the lowest loss on valid (for ridge: the lowest error), and reads test once, for the selected probes.
 *
 * A class that the train split lacks is never predicted: its samples in valid and test are errors, and make the
 * loss there infinite; selection goes by the loss of the others.
 *
 * @throws UserError for features that are not finite, l2 values that are not positive, label sets that cannot be
 * probed, and without a valid split.
 * @throws InterruptedError when the signal is raised.
 */
export async function probeColumn(options: ColumnOptions): Promise<ColumnResult> {
  const { column, sources, seed, kind = 'softmax' } = options;
  const l2 = l2Of(kind, options);
  const counts = perSplit((split) => sources[split].rows);
  const labels = options.labelSets.map((set) => prepareLabels(set, counts, column));
  const { repeats: asked = { folds: 0, seeds: [], keys: [] } } = options;
  const repeats = repeatsOf(options.labelSets, counts, { column, repeats: asked });
  const every = [...labels, ...repeats.map((repeat) => repeat.labels)];
  const columns = columnsOf(every.map(({ present }) => ({ classes: present.length })));
  const rows = await openRows({ ...options, columns, repeatsValid: isStochastic(kind) });
  try {
    const trained = await trainColumn(options, { l2, labels, repeats, rows });
    const own = await scoreAll(options, { labels, rows, trained: trained.slice(0, labels.length) });
    const repeated = { repeats, rows, trained: trained.slice(labels.length) };
    const scored = await withSpreads(options, own, repeated);
    const ids = options.ids ?? perSplit((split) => Int32Array.from({ length: counts[split] }, (_, at) => at));
    return assembleColumn({ column, kind, seed, standardisation: rows.standardisation, ids }, scored);
  } finally {
    rows.passes.train.dispose();
  }
}

function l2Of(kind: ProbeKind, { l2, sources }: ColumnOptions): number[] {
  if (l2 === 'auto') return startingGrid(sources.train.rows);
  return hasL2(kind) ? fallingL2(l2, isStochastic(kind)) : noL2(kind, l2);
}

/** Without a penalty only early stopping keeps weights finite. */
function fallingL2(values: readonly number[], zeroAllowed: boolean): number[] {
  const least = zeroAllowed ? 0 : Number.MIN_VALUE;
  const wrong = values.find((value) => !(value >= least && value < Number.POSITIVE_INFINITY));
  if (wrong !== undefined || values.length === 0) {
    throw new UserError(
      `l2 out of range: ${wrong ?? 'none given'} (one or more ${zeroAllowed ? 'numbers from 0' : 'positive numbers'}, like 1e-4)`,
    );
  }
  return [...new Set(values)].sort((a, b) => b - a);
}

/** @throws UserError where values are given for a kind that has none. */
function noL2(kind: ProbeKind, values: readonly number[]): number[] {
  const given = values.filter((value) => value !== 0);
  if (given.length === 0) return [0];
  throw new UserError(`l2 is not for ${kind} probes: ${given.join(', ')} (they have nothing to regularise)`);
}

async function scoreAll(
  { signal, kind = 'softmax' }: ColumnOptions,
  work: { labels: readonly ProbeLabels[]; rows: SplitRows; trained: TrainedProbe[][] },
): Promise<Omit<ScoredLabelSet, 'spreads'>[]> {
  const { labels, rows, trained } = work;
  const score = (split: 'train' | 'valid' | 'test', tasks: ScoreTask[]) =>
    scoreSplit({ passes: rows.passes[split], tasks, signal });
  const tasksOn = (split: 'train' | 'valid') =>
    trained.flatMap((probes, at) =>
      probes.map(({ probe }) => ({
        probe,
        labels: labels[at]!.labels[split],
        classes: labels[at]!.set.classes.length,
      })),
    );
  const trainMetrics = await metricsInGroups(rows.passes.train, tasksOn('train'), signal);
  const validScores = await score('valid', tasksOn('valid'));
  const count = trained[0]?.length ?? 0;
  const criterion = selectedBy(kind) === 'loss' ? knownLoss : knownError;
  const selected = trained.map((probes, at) =>
    selectProbe(
      probes.map(({ l2 }, own) => ({
        l2,
        validLoss: criterion(validScores[at * count + own]!, labels[at]!.labels.valid),
      })),
    ),
  );
  const finalists = trained.map((probes, at) => ({
    probe: probes[selected[at]!]!.probe,
    labels: labels[at]!.labels.test,
  }));
  const testScores = rows.passes.test.rows === 0 ? [] : await score('test', finalists);
  return trained.map((probes, at) => ({
    labels: labels[at]!,
    probes,
    train: trainMetrics.slice(at * count, (at + 1) * count),
    valid: validScores.slice(at * count, (at + 1) * count),
    selected: selected[at]!,
    test: testScores[at],
  }));
}

/** Scores of this many bytes are in memory at a time: those of the train split are as many as its rows times its probes. */
const SCORE_BYTES = 2 ** 28;

/** The metrics of probes on a split, in as few passes as their scores allow. */
async function metricsInGroups(
  passes: RowPasses,
  tasks: readonly (ScoreTask & { readonly classes: number })[],
  signal: AbortSignal | undefined,
): Promise<ProbeMetrics[]> {
  const bytes = 16 * passes.rows;
  const most = Math.max(1, Math.floor(SCORE_BYTES / bytes));
  const metrics: ProbeMetrics[] = [];
  for (let at = 0; at < tasks.length; at += most) {
    const group = tasks.slice(at, at + most);
    const scores = await scoreSplit({ passes, tasks: group, signal });
    for (const [own, { labels, classes }] of group.entries())
      metrics.push(requiredMetrics(scores[own]!, labels, classes));
  }
  return metrics;
}

/** Adds what the repeats say of each label set. */
async function withSpreads(
  { signal }: ColumnOptions,
  scored: readonly Omit<ScoredLabelSet, 'spreads'>[],
  work: { repeats: readonly Repeat[]; rows: SplitRows; trained: readonly TrainedProbe[][] },
): Promise<ScoredLabelSet[]> {
  const { repeats, rows, trained } = work;
  const errorOf = (scores: RowScores, { labels, set }: ProbeLabels) =>
    metricsOf(scores, labels.valid, set.classes.length)?.error ?? Number.NaN;
  const spreads = await scoreRepeats({
    labelSets: scored.map(({ labels }) => labels.set),
    repeats,
    trained,
    ownErrors: scored.map(({ valid, labels }) => valid.map((scores) => errorOf(scores, labels))),
    passes: rows.passes,
    signal,
  });
  return scored.map((set, at) => ({ ...set, spreads: spreads[at]! }));
}
