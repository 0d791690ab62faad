import tf from '@tensorflow/tfjs';
import { UserError } from '../errors.js';
import type { FeatureSource } from '../read/feature-source.js';
import { type PerSplit, perSplit } from '../split.js';
import {
  assembleColumn,
  type ColumnResult,
  type ProbedColumn,
  type ScoredLabelSet,
} from './assemble-column.js';
import type { BankProgress } from './bank.js';
import { type ProbeLabelSet, type ProbeLabels, prepareLabels } from './probe-labels.js';
import { knownLoss } from './score.js';
import { type ScoreTask, scoreSplit } from './score-split.js';
import { selectProbe } from './selection.js';
import { measureStandardisation, type Standardisation } from './standardise.js';
import { StandardisedRows } from './standardised-rows.js';
import { type TrainedProbe, trainProbes } from './train-probes.js';

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
  readonly l2: readonly number[];
  /** Noted in the measurements: nothing here is random. */
  readonly seed: number;
  /** Training ends where the optimality gap is at most this part of the objective. Default 1e-3. */
  readonly tolerance?: number | undefined;
  /** Most passes over the train split for each label set and l2 value. Default 1000. */
  readonly maxPasses?: number | undefined;
  /** The train split stays in memory where it takes at most half of this; else it is read at every pass. */
  readonly memoryBytes: number;
  /** The sample ids of the sources' rows, for the predictions. Default: 0, 1, 2 ... */
  readonly ids?: PerSplit<Int32Array> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ColumnProgress) => void) | undefined;
}

/** A chunk of features, or of logits, takes this part of the memory, within these bounds. */
const CHUNK = { part: 1 / 32, leastBytes: 2 ** 23, mostBytes: 2 ** 26 };

/** What the WebAssembly heap, 2 GB at most, leaves to the features and the passes. */
const WASM_BYTES = 2 ** 30;

/**
 * Trains every probe of one column, label sets side by side and l2 values one after the other, selects for each
 * label set the l2 with the lowest loss on valid, and reads test once, for the selected probes.
 *
 * A class that the train split lacks is never predicted: its samples in valid and test are errors, and make the
 * loss there infinite; selection goes by the loss of the others.
 *
 * @throws UserError for features that are not finite, l2 values that are not positive, label sets that cannot be
 * probed, and without a valid split.
 * @throws InterruptedError when the signal is raised.
 */
export async function probeColumn(options: ColumnOptions): Promise<ColumnResult> {
  const { column, sources, seed } = options;
  const l2 = fallingL2(options.l2);
  const counts = perSplit((split) => sources[split].rows);
  const labels = options.labelSets.map((set) => prepareLabels(set, counts, column));
  const standardisation = await measureStandardisation(sources.train, column);
  const rows = splitRows(options, labels, standardisation);
  try {
    const trained = await train(options, { l2, labels, rows: rows.train });
    const scored = await scoreAll(options, { labels, rows, trained });
    const ids = options.ids ?? perSplit((split) => Int32Array.from({ length: counts[split] }, (_, at) => at));
    return assembleColumn({ column, seed, standardisation, ids }, scored);
  } finally {
    rows.train.dispose();
  }
}

function fallingL2(values: readonly number[]): number[] {
  const wrong = values.find((value) => !(value > 0 && value < Number.POSITIVE_INFINITY));
  if (wrong !== undefined || values.length === 0) {
    throw new UserError(
      `l2 out of range: ${wrong ?? 'none given'} (one or more positive numbers, like 1e-4)`,
    );
  }
  return [...new Set(values)].sort((a, b) => b - a);
}

function usableBytes({ memoryBytes }: ColumnOptions): number {
  return tf.getBackend() === 'wasm' ? Math.min(memoryBytes, WASM_BYTES) : memoryBytes;
}

function columnsOf(labels: readonly ProbeLabels[]): number {
  return labels.reduce((sum, { present }) => sum + present.length, 0);
}

function splitRows(
  options: ColumnOptions,
  labels: readonly ProbeLabels[],
  standardisation: Standardisation,
): PerSplit<StandardisedRows> {
  const memory = usableBytes(options);
  const width = standardisation.used.length;
  const chunkBytes = Math.min(CHUNK.mostBytes, Math.max(CHUNK.leastBytes, memory * CHUNK.part));
  const chunkRows = Math.max(16, Math.floor(chunkBytes / (4 * Math.max(width, columnsOf(labels)))));
  return perSplit((split) => {
    const source = options.sources[split];
    const resident = split === 'train' && source.rows * width * 4 <= memory / 2;
    return new StandardisedRows({
      source,
      split,
      column: options.column,
      standardisation,
      chunkRows,
      resident,
    });
  });
}

async function train(
  options: ColumnOptions,
  work: { l2: readonly number[]; labels: readonly ProbeLabels[]; rows: StandardisedRows },
): Promise<TrainedProbe[][]> {
  const { tolerance = 1e-3, maxPasses = 1000, signal, onProgress } = options;
  const onPass = ({ passes, solvers, finished, l2, gapRatio }: BankProgress) =>
    onProgress?.({ passes, labelSets: solvers, finishedLabelSets: finished, l2, gapOverLoss: gapRatio });
  const solverBytes = options.memoryBytes / 4;
  return trainProbes({ ...work, tolerance, maxPasses, solverBytes, signal, onPass });
}

async function scoreAll(
  { signal }: ColumnOptions,
  work: { labels: readonly ProbeLabels[]; rows: PerSplit<StandardisedRows>; trained: TrainedProbe[][] },
): Promise<ScoredLabelSet[]> {
  const { labels, rows, trained } = work;
  const columns = columnsOf(labels);
  const score = (split: 'train' | 'valid' | 'test', tasks: ScoreTask[]) =>
    scoreSplit({ rows: rows[split], tasks, columns, signal });
  const every = (split: 'train' | 'valid') =>
    score(
      split,
      trained.flatMap((probes, at) =>
        probes.map(({ probe }) => ({ probe, labels: labels[at]!.labels[split] })),
      ),
    );
  const [trainScores, validScores] = [await every('train'), await every('valid')];
  const count = trained[0]?.length ?? 0;
  const selected = trained.map((probes, at) =>
    selectProbe(
      probes.map(({ l2 }, own) => ({ l2, validLoss: knownLoss(validScores[at * count + own]!.tally) })),
    ),
  );
  const finalists = trained.map((probes, at) => ({
    probe: probes[selected[at]!]!.probe,
    labels: labels[at]!.labels.test,
  }));
  const testScores = rows.test.rows === 0 ? [] : await score('test', finalists);
  return trained.map((probes, at) => ({
    labels: labels[at]!,
    probes,
    train: trainScores.slice(at * count, (at + 1) * count),
    valid: validScores.slice(at * count, (at + 1) * count),
    selected: selected[at]!,
    test: testScores[at],
  }));
}
