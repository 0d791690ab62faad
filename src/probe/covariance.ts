import { UserError } from '../errors.js';
import type { Rescaling, TrainingLabels } from './rescaling.js';

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
  /** How those standardise the features, where that is not as the passes do. */
  readonly rescaling: Rescaling | undefined;
}

/** Puts label sets together that have labels at the same train rows, and standardise alike. */
export function sameRows(labels: readonly TrainingLabels[]): SameRows[] {
  const groups: { places: number[]; train: Int32Array; rescaling: Rescaling | undefined }[] = [];
  for (const [place, own] of labels.entries()) {
    const { train } = own.labels;
    const { rescaling } = own;
    const found = groups.find(
      (group) =>
        (group.rescaling === undefined) === (rescaling === undefined) &&
        train.every((label, row) => label >= 0 === group.train[row]! >= 0),
    );
    if (found === undefined) groups.push({ places: [place], train, rescaling });
    else found.places.push(place);
  }
  return groups.map(({ places, train, rescaling }) => ({ places, picks: picksOf(train), rescaling }));
}

/** The rows that have a label, rising; undefined where that is all. */
export function picksOf(labels: Int32Array): Int32Array | undefined {
  const picks = Int32Array.from(labels.keys()).filter((row) => labels[row]! >= 0);
  return picks.length === labels.length ? undefined : picks;
}

/**
 * The covariance of some rows, Z'Z / n - m m'.
 *
 * @param gram - Z'Z, (features, features).
 * @param total - the sum of the rows, n m.
 * @returns (features, features), symmetric to the last bit.
 */
export function covarianceOf(gram: Float64Array, total: Float64Array, rows: number): Float64Array {
  const features = total.length;
  const out = new Float64Array(gram.length);
  for (let left = 0; left < features; left++) {
    const mean = total[left]! / rows;
    for (let right = 0; right <= left; right++) {
      const value = (gram[left * features + right]! - mean * total[right]!) / rows;
      out[left * features + right] = value;
      out[right * features + left] = value;
    }
  }
  return out;
}
