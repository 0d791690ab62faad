import { UserError } from '../errors.js';
import { hashFraction } from '../random.js';
import { NO_LABEL, type ProbeLabelSet } from './probe-labels.js';

/** How the train split is cut into folds. */
export interface FoldCut {
  /** Two or more. */
  readonly folds: number;
  readonly seed: number;
  /** The key of each train row's sample. */
  readonly keys: readonly string[];
}

/**
 * The fold of each train row, from 0; -1 for rows without a label. The labelled rows of each class are put in the
 * order of hashFraction(seed, 'fold', key) and dealt out, one class after the other: folds differ by one sample at
 * most, and a class with two samples or more is never in one fold alone. The cut is the same for every tap.
 *
 * @throws UserError where there are fewer labelled rows than folds.
 */
export function cutFolds({ name, labels }: ProbeLabelSet, { folds, seed, keys }: FoldCut): Int32Array {
  const { train } = labels;
  if (keys.length !== train.length) {
    throw new Error(`label set ${name}: ${keys.length} keys for ${train.length} train rows`);
  }
  const place = Float64Array.from(keys, (key) => hashFraction(seed, 'fold', key));
  const order = [...train.keys()]
    .filter((row) => train[row]! >= 0)
    .sort((a, b) => train[a]! - train[b]! || place[a]! - place[b]! || a - b);
  if (order.length < folds) {
    throw new UserError(
      `label set ${name}: ${order.length} labelled train samples for ${folds} folds (a fold needs one or more)`,
    );
  }
  const cut = new Int32Array(train.length).fill(-1);
  order.forEach((row, at) => {
    cut[row] = at % folds;
  });
  return cut;
}

/** A label set without the train labels of one fold. */
export function withoutFold(set: ProbeLabelSet, cut: Int32Array, fold: number, folds: number): ProbeLabelSet {
  const train = set.labels.train.map((label, row) => (cut[row] === fold ? NO_LABEL : label));
  return {
    ...set,
    name: `${set.name} without fold ${fold + 1} of ${folds}`,
    labels: { ...set.labels, train },
  };
}
