import { RANDOM } from '../control-name.js';
import { randomStream, shuffle } from '../random.js';
import type { PerSplit } from '../split.js';

/**
 * The control for a label set: labels permuted among the labelled samples of the train split, so that nothing can
 * be learnt from them that generalises. Valid and test keep the true labels, so that a probe errs as chance does.
 * The seed and the number of labelled rows decide the permutation, whatever the label set is called.
 *
 * @param labels - a class index for each row, negative for rows without a label, which stay as they are.
 * @returns copies of train's labels; valid's and test's are those given.
 */
export function randomLabels(labels: PerSplit<Int32Array>, seed: number): PerSplit<Int32Array> {
  const { train, valid, test } = labels;
  const shuffled = shuffle(
    train.filter((label) => label >= 0),
    randomStream(seed, RANDOM, 'train'),
  );
  let next = 0;
  return { train: train.map((label) => (label < 0 ? label : shuffled[next++]!)), valid, test };
}
