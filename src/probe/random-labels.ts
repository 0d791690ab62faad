import { randomStream, shuffle } from '../random.js';
import type { PerSplit } from '../split.js';

/** The name of the control label set that every data set can have. */
export const RANDOM_LABEL_SET = 'random';

/**
 * The control for a label set: labels permuted among the labelled samples of the train split, so that nothing can
 * be learnt from them that generalises. Valid and test keep the true labels, so that a probe errs as chance does.
 */
export function randomLabels(labels: PerSplit<Int32Array>, seed: number): PerSplit<Int32Array> {
  const { train, valid, test } = labels;
  const shuffled = shuffle(
    train.filter((label) => label >= 0),
    randomStream(seed, RANDOM_LABEL_SET, 'train'),
  );
  let next = 0;
  return { train: train.map((label) => (label < 0 ? label : shuffled[next++]!)), valid, test };
}
