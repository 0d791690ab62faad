import { chanceOf } from '../probe/chance.js';
import type { SplitMetrics } from '../probe/measurement.js';
import type { ProbeLabelSet } from '../probe/probe-labels.js';
import type { SampleTable } from '../read/samples.js';
import { type PerSplit, perSplit } from '../split.js';
import type { LabelSetRecord } from './run-record.js';

/** What the model's own classifier did on the samples that have its verdict; null where none has. Means over samples. */
export function modelMetrics(
  { modelPrediction, modelLoss, modelRank }: SampleTable,
  outputs: number,
): SplitMetrics | null {
  let [samples, loss, wrong, wrongTop5] = [0, 0, 0, 0];
  for (const [row, prediction] of modelPrediction.entries()) {
    if (prediction === null) continue;
    const rank = modelRank[row] ?? 0;
    samples += 1;
    loss += modelLoss[row] ?? Number.NaN;
    wrong += Number(rank > 0);
    wrongTop5 += Number(rank > 4);
  }
  if (samples === 0) return null;
  return {
    samples,
    loss: loss / samples,
    error: wrong / samples,
    top5Error: outputs >= 10 ? wrongTop5 / samples : null,
  };
}

/** What is known of a label set's samples beside their labels. */
export interface LabelSetFacts {
  /** The model's own result for its labels. */
  readonly model: PerSplit<SplitMetrics | null>;
  /** Samples that were left out though they may have a label. */
  readonly dropped: PerSplit<number>;
}

/** What a run records of a label set: its size, the chance level, and the model's own result. */
export function labelSetRecord(set: ProbeLabelSet, { model, dropped }: LabelSetFacts): LabelSetRecord {
  const labelled = perSplit((split) => set.labels[split].filter((label) => label >= 0).length);
  return {
    name: set.name,
    controlOf: set.controlOf ?? null,
    classes: set.classes.length,
    labelled,
    unlabelled: perSplit((split) => set.labels[split].length - labelled[split] - dropped[split]),
    chance: perSplit((split) => chanceOf(set.labels[split], set.classes.length)),
    model,
  };
}
