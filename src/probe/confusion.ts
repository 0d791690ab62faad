import type { Predictions } from './measurement.js';

/** So many samples of one class that were taken for another, or for what they are. */
export interface ConfusionCell {
  /** The true and the predicted class, by index into the label set's classes. */
  readonly truth: number;
  readonly predicted: number;
  /** At least 1. */
  readonly count: number;
}

/** The confusion matrix of one selected probe on one split. */
export interface Confusion {
  readonly tap: string;
  readonly reduction: string;
  readonly labelSet: string;
  readonly split: 'valid' | 'test';
  readonly classes: readonly string[];
  /** The cells that are not zero, by true and then by predicted class. */
  readonly cells: readonly ConfusionCell[];
}

/** What a probe did on the samples of one class. */
export interface ClassScore {
  /** Samples of the class, and samples taken for it. */
  readonly samples: number;
  readonly predictions: number;
  /** The part of its samples that were taken for another class; null where it has none. Recall is 1 - error. */
  readonly error: number | null;
  /** The part of the samples taken for it that are of it; null where there are none. */
  readonly precision: number | null;
}

/** Counts how often each class was taken for each. Samples without a label do not count. */
export function confusionOf(predictions: Predictions): Confusion {
  const { tap, reduction, labelSet, split, labels, predicted, classes } = predictions;
  const counts = new Map<number, number>();
  for (const [row, truth] of labels.entries()) {
    if (truth < 0) continue;
    const cell = truth * classes.length + predicted[row]!;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const cells = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([cell, count]) => ({
      truth: Math.floor(cell / classes.length),
      predicted: cell % classes.length,
      count,
    }));
  return { tap, reduction, labelSet, split, classes, cells };
}

/** The score of each class, in their order. */
export function classScores({ classes, cells }: Confusion): readonly ClassScore[] {
  const samples = new Float64Array(classes.length);
  const predictions = new Float64Array(classes.length);
  const right = new Float64Array(classes.length);
  for (const { truth, predicted, count } of cells) {
    samples[truth]! += count;
    predictions[predicted]! += count;
    if (truth === predicted) right[truth]! += count;
  }
  return classes.map((_, at) => ({
    samples: samples[at]!,
    predictions: predictions[at]!,
    error: samples[at] === 0 ? null : (samples[at]! - right[at]!) / samples[at]!,
    precision: predictions[at] === 0 ? null : right[at]! / predictions[at]!,
  }));
}

/** The cells off the diagonal, the fullest first; of equal ones in their order. */
export function confusedPairs({ cells }: Confusion): readonly ConfusionCell[] {
  return cells.filter(({ truth, predicted }) => truth !== predicted).sort((a, b) => b.count - a.count);
}

/** Of each probe the confusion on test, or on valid where test has no sample with a label. */
export function quotedConfusions(confusions: Iterable<Confusion>): readonly Confusion[] {
  const quoted = new Map<string, Confusion>();
  for (const confusion of confusions) {
    const { tap, reduction, labelSet, split, cells } = confusion;
    const key = JSON.stringify([tap, reduction, labelSet]);
    if (!quoted.has(key) || (split === 'test' && cells.length > 0)) quoted.set(key, confusion);
  }
  return [...quoted.values()];
}
