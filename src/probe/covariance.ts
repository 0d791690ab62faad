import { UserError } from '../errors.js';
import type { ProbeLabels } from './probe-labels.js';

/** Matrices of (features, features) float64 that are there at once, at most. */
const MATRICES = 6;

/**
 * Refuses columns whose covariance does not fit.
 *
 * @throws UserError when it needs more than `bytes`.
 */
export function checkCovarianceFits(kind: string, features: number, bytes: number): void {
  const needed = 8 * MATRICES * features ** 2;
  if (needed <= bytes) return;
  throw new UserError(
    `too many features for a ${kind} probe: ${features} (their covariance takes ${needed.toExponential(1)} bytes of ` +
      `${bytes.toExponential(1)}: raise --memory, reduce the tap further, or take a softmax or centroid probe)`,
  );
}

/** Label sets that have labels at the same train rows, and so the same Gram matrix. */
export interface SameRows {
  /** Places among the label sets. */
  readonly places: readonly number[];
  /** The rows with a label, rising; undefined where that is all. */
  readonly picks: Int32Array | undefined;
}

/** Puts label sets together that have labels at the same train rows. */
export function sameRows(labels: readonly ProbeLabels[]): SameRows[] {
  const groups: { places: number[]; train: Int32Array }[] = [];
  for (const [place, own] of labels.entries()) {
    const { train } = own.labels;
    const found = groups.find((group) => train.every((label, row) => label >= 0 === group.train[row]! >= 0));
    if (found === undefined) groups.push({ places: [place], train });
    else found.places.push(place);
  }
  return groups.map(({ places, train }) => ({ places, picks: picksOf(train) }));
}

function picksOf(labels: Int32Array): Int32Array | undefined {
  const picks = Int32Array.from(labels.keys()).filter((row) => labels[row]! >= 0);
  return picks.length === labels.length ? undefined : picks;
}

/**
 * The covariance about the means of groups of rows, (Z'Z - sum_g n_g mu_g mu_g') / n: the total one where all rows are
 * one group, the one within classes where each class is.
 *
 * @param gram - Z'Z over the rows, (features, features).
 * @returns (features, features), symmetric to the last bit.
 */
export function covarianceAbout(
  gram: Float64Array,
  groups: { readonly counts: Float64Array; readonly sums: Float64Array },
): Float64Array {
  const { counts, sums } = groups;
  const features = sums.length / counts.length;
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const out = gram.slice();
  for (const [group, count] of counts.entries()) {
    const own = Float64Array.from({ length: features }, (_, at) => sums[at * counts.length + group]!);
    for (let left = 0; left < features; left++) {
      const mean = own[left]! / count;
      for (let right = 0; right <= left; right++) out[left * features + right]! -= mean * own[right]!;
    }
  }
  for (let left = 0; left < features; left++) {
    for (let right = 0; right <= left; right++) {
      const value = out[left * features + right]! / rows;
      out[left * features + right] = value;
      out[right * features + left] = value;
    }
  }
  return out;
}
