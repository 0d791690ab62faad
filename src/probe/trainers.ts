import type { BankProgress } from './bank.js';
import type { ProbeKind } from './probe-kind.js';
import type { TrainingLabels } from './rescaling.js';
import type { RowPasses } from './row-passes.js';
import type { StochasticSettings } from './stochastic-settings.js';
import { trainCentroid } from './train-centroid.js';
import { trainLda } from './train-lda.js';
import { trainRidge } from './train-ridge.js';
import { type TrainedProbe, trainSoftmax } from './train-softmax.js';
import { stochasticTrainer } from './train-stochastic.js';

/** What a trainer is given: one column, and the label sets to train on it. */
export interface TrainingWork {
  /** The train split, and the valid split for those who stop early. */
  readonly passes: RowPasses;
  readonly validPasses: RowPasses;
  readonly labels: readonly TrainingLabels[];
  /** Falling; for kinds that have none, 0 alone. */
  readonly l2: readonly number[];
  /** Where softmax probes begin, one for each label set. */
  readonly starts?: readonly TrainedProbe[] | undefined;
  readonly seed: number;
  readonly tolerance: number;
  readonly maxPasses: number;
  /** Settings of minibatch training that differ from the defaults. */
  readonly stochastic?: Partial<StochasticSettings> | undefined;
  /** What a solver may remember. */
  readonly solverBytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onPass?: ((progress: BankProgress) => void) | undefined;
}

/** Trains the probes of one column: for each label set the candidates among which valid selects. */
export type Trainer = (work: TrainingWork) => Promise<TrainedProbe[][]>;

/** What trains each kind of probe. */
export const TRAINERS: Readonly<Record<ProbeKind, Trainer>> = {
  softmax: trainSoftmax,
  sgd: stochasticTrainer('sgd'),
  adam: stochasticTrainer('adam'),
  ridge: trainRidge,
  centroid: trainCentroid,
  lda: trainLda,
};
