/**
 * The training of one column: its label sets and their repeats, as far as can be side by side.
 */
import type { BankProgress } from './bank.js';
import { picksOf } from './covariance.js';
import { trainGrowing } from './grow-grid.js';
import type { SplitRows } from './open-rows.js';
import type { ColumnOptions } from './probe-column.js';
import { isStochastic } from './probe-kind.js';
import type { ProbeLabels } from './probe-labels.js';
import type { Repeat } from './repeats.js';
import { rescalingBetween, sharedProbe, type TrainingLabels } from './rescaling.js';
import { knownLoss } from './score.js';
import { scoreSplit } from './score-split.js';
import type { Standardisation } from './standardise.js';
import type { TrainedProbe } from './train-softmax.js';
import { TRAINERS } from './trainers.js';

/** What is trained. */
export interface ColumnWork {
  /** Falling. */
  readonly l2: readonly number[];
  readonly labels: readonly ProbeLabels[];
  readonly repeats: readonly Repeat[];
  readonly rows: SplitRows;
}

interface StandardisedWork extends ColumnWork {
  readonly repeats: readonly StandardisedRepeat[];
}

/**
 * Trains label sets and repeats; where the grid grows, the repeats on what it has grown to. A fold's probes standardise
 * the features by the rows that train them; what is returned are probes over the features as the rows have them.
 *
 * @returns for each label set and then each repeat its probes.
 * @throws as TRAINERS.
 */
export async function trainColumn(options: ColumnOptions, work: ColumnWork): Promise<TrainedProbe[][]> {
  const repeats = await withRescalings(work.repeats, work.rows, options.signal);
  return trainAll(options, { ...work, repeats });
}

/** A repeat, standardised by the rows that train it where it is of a fold. */
type StandardisedRepeat = Repeat & { readonly labels: TrainingLabels; readonly own?: Standardisation };

async function withRescalings(
  repeats: readonly Repeat[],
  { standardisation, passes }: SplitRows,
  signal: AbortSignal | undefined,
): Promise<StandardisedRepeat[]> {
  const folds = repeats.filter(({ kind }) => kind === 'fold');
  if (folds.length === 0) return [...repeats];
  const picks = folds.map(({ labels }) => picksOf(labels.labels.train));
  const measured = await passes.train.moments(picks, signal);
  return repeats.map((repeat) => {
    const own = measured[folds.indexOf(repeat)];
    if (own === undefined) return repeat;
    const rescaling = rescalingBetween(standardisation, own);
    return { ...repeat, own, labels: { ...repeat.labels, rescaling } };
  });
}

async function trainAll(options: ColumnOptions, work: StandardisedWork): Promise<TrainedProbe[][]> {
  const { l2, labels, rows } = work;
  const repeats = work.repeats.map((repeat) => repeat.labels);
  if (isStochastic(options.kind ?? 'softmax')) return trainApart(options, work);
  if (options.l2 !== 'auto') return train(options, { l2, labels: [...labels, ...repeats], rows });
  const own = await trainGrowing({
    controls: labels.map(({ set }) => set.controlOf !== undefined),
    l2,
    train: (values, starts) => train(options, { l2: values, labels, rows, starts }),
    validLosses: async (probes) => {
      const tasks = probes.map(({ probe }, at) => ({ probe, labels: labels[at]!.labels.valid }));
      const scores = await scoreSplit({ passes: rows.passes.valid, tasks, signal: options.signal });
      return scores.map((score, at) => knownLoss(score, tasks[at]!.labels));
    },
  });
  const grown = own[0]!.map((probe) => probe.l2);
  return [
    ...own,
    ...(repeats.length === 0 ? [] : await train(options, { l2: grown, labels: repeats, rows })),
  ];
}

/** Steps by minibatches depend on how features are scaled, so that each fold is trained in passes of its own. */
async function trainApart(options: ColumnOptions, work: StandardisedWork): Promise<TrainedProbe[][]> {
  const { l2, labels, repeats, rows } = work;
  const shared = repeats.filter(({ own }) => own === undefined);
  const together = await train(options, {
    ...{ l2, rows },
    labels: [...labels, ...shared.map((repeat) => repeat.labels)],
  });
  const trained = together.slice(0, labels.length);
  let taken = labels.length;
  for (const { own, labels: set } of repeats) {
    if (own === undefined) {
      trained.push(together[taken++]!);
      continue;
    }
    const { rescaling, ...plain } = set;
    const { train: passes, valid } = rows.passes;
    const apart = { ...rows.passes, train: passes.restandardised(own), valid: valid.restandardised(own) };
    const [probes] = await train(options, { l2, labels: [plain], rows: { ...rows, passes: apart } });
    trained.push(probes!.map((one) => ({ ...one, probe: sharedProbe(one.probe, rescaling) })));
  }
  return trained;
}

async function train(
  options: ColumnOptions,
  work: {
    l2: readonly number[];
    labels: readonly TrainingLabels[];
    rows: SplitRows;
    starts?: readonly TrainedProbe[] | undefined;
  },
): Promise<TrainedProbe[][]> {
  const {
    kind = 'softmax',
    seed,
    tolerance = 1e-3,
    maxPasses = 1000,
    stochastic,
    signal,
    onProgress,
  } = options;
  const { train: passes, valid: validPasses } = work.rows.passes;
  const onPass = ({ passes, solvers, finished, l2, gapRatio }: BankProgress) =>
    onProgress?.({ passes, labelSets: solvers, finishedLabelSets: finished, l2, gapOverLoss: gapRatio });
  const solverBytes = options.memoryBytes / 4;
  const training = { ...work, passes, validPasses, seed, tolerance, maxPasses, stochastic, solverBytes };
  return TRAINERS[kind]({ ...training, signal, onPass });
}
