/**
 * What ridge regression says of each row when it is fitted to all the others, without fitting it again: the residuals
 * r_i = y_i - f(z_i) of the fit to all rows become r_i / (1 - h_i), exactly (Allen's PRESS; Hastie, Tibshirani and
 * Friedman, The Elements of Statistical Learning, 2nd edition, equation 7.64), alpha = n l2 being held. With
 * u_i = V'(z_i - m) and S = V diag(lambda) V' (see train-ridge.ts):
 *
 *     1 - h_i = 1 - 1/n - sum_k u_ik^2 / (n (lambda_k + l2))         r_i = y_i - y - sum_k u_ik (V'C)_k / (lambda_k + l2)
 *
 * Where there are so many features that every row can be fitted, both are differences of nearly equal numbers. Then
 * the u_k / sqrt(n lambda_k) are a basis of all that is orthogonal to 1, and the same are sums of the small numbers:
 *
 *     1 - h_i = sum_k u_ik^2 l2 / (n lambda_k (lambda_k + l2))       r_i = sum_k u_ik l2 (V'C)_k / (lambda_k (lambda_k + l2))
 */
import tf from '@tensorflow/tfjs';
import { computed } from './computed.js';
import type { LeaveOneOut } from './measurement.js';
import { letEventsThrough, type RowPasses } from './row-passes.js';
import type { Spectrum } from './spectrum.js';
import type { RowChunk } from './standardised-rows.js';

/** Eigenvalues below this part of the largest are rounding. */
const NEGLIGIBLE = 1e-5;

/** A smaller 1 - h_i is not known well enough where it is a difference of float32 numbers. */
const LEAST_SHARE = 1e-3;

/** A label set that ridge regression was fitted to. */
export interface FittedSet {
  /** Of all train rows; negative for those that do not count. */
  readonly labels: Int32Array;
  readonly classes: number;
  /** The mean target, y. */
  readonly frequencies: Float64Array;
  /** V'C, (features, classes). */
  readonly cross: Float64Array;
}

/** Fits to the same rows, at several l2. */
export interface RidgeFits {
  readonly spectrum: Spectrum;
  /** The number of rows that count, n, and their mean, m. */
  readonly rows: number;
  readonly centre: Float64Array;
  readonly sets: readonly FittedSet[];
  readonly l2: readonly number[];
}

/**
 * The leave-one-out error and loss of each set at each l2, in one pass over the rows.
 *
 * @returns undefined where some row determines its own score so far that float32 cannot tell what is left.
 * @throws InterruptedError when the signal is raised.
 */
export async function leaveOneOut(
  passes: RowPasses,
  fits: RidgeFits,
  signal?: AbortSignal,
): Promise<(LeaveOneOut | undefined)[][]> {
  const { sets, l2, rows } = fits;
  const tallies = sets.map(() => l2.map(() => ({ errors: 0, squares: 0, leastShare: 1 })));
  const maps = mapsOf(fits);
  try {
    for await (const chunk of passes.chunks()) {
      tf.tidy(() => addChunk(tallies, chunk, { maps, fits }));
      await letEventsThrough(signal);
    }
  } finally {
    tf.dispose([maps.vectors, maps.shift, maps.shares, ...maps.residuals.flat()]);
  }
  const least = maps.difference ? LEAST_SHARE : 0;
  return tallies.map((own) =>
    own.map(({ errors, squares, leastShare }) =>
      leastShare > least ? { error: errors / rows, loss: squares / rows } : undefined,
    ),
  );
}

/** What u_i, and its squares, are multiplied by. */
interface Maps {
  /** Whether both results are to be added to what they differ from: 1 - 1/n and y_i - y. */
  readonly difference: boolean;
  readonly vectors: tf.Tensor2D;
  readonly shift: tf.Tensor1D;
  /** (features, l2 values). */
  readonly shares: tf.Tensor2D;
  /** Of each set at each l2, (features, classes). */
  readonly residuals: readonly (readonly tf.Tensor2D[])[];
}

function mapsOf({ spectrum, rows, centre, sets, l2 }: RidgeFits): Maps {
  const { features, values, vectors } = spectrum;
  const floor = smallestFitted(values, rows);
  const difference = floor === undefined;
  const factor = (k: number, own: number) => {
    const value = values[k]!;
    if (difference) return -1 / (value + own);
    return value < floor ? 0 : own / (value * (value + own));
  };
  const factors = l2.map((own) => Float64Array.from(values, (_, k) => factor(k, own)));
  const shares = new Float32Array(features * l2.length).map(
    (_, at) => factors[at % l2.length]![Math.floor(at / l2.length)]! / rows,
  );
  const shift = new Float32Array(features).map((_, k) =>
    centre.reduce((sum, mean, at) => sum + mean * vectors[k * features + at]!, 0),
  );
  return {
    difference,
    vectors: tf.tensor2d(Float32Array.from(vectors), [features, features]),
    shift: tf.tensor1d(shift),
    shares: tf.tensor2d(shares, [features, l2.length]),
    residuals: sets.map(({ cross, classes }) =>
      factors.map((own) => {
        const map = Float32Array.from(cross, (value, at) => value * own[Math.floor(at / classes)]!);
        return tf.tensor2d(map, [features, classes]);
      }),
    ),
  };
}

/** The smallest of rows - 1 eigenvalues, where so many are more than rounding: then every row can be fitted. */
function smallestFitted(values: Float64Array, rows: number): number | undefined {
  const falling = values.toSorted().reverse();
  const smallest = falling[rows - 2];
  return smallest !== undefined && smallest > NEGLIGIBLE * falling[0]! ? smallest : undefined;
}

interface Tally {
  errors: number;
  squares: number;
  leastShare: number;
}

function addChunk(
  tallies: readonly (readonly Tally[])[],
  { start, features }: RowChunk,
  { maps, fits }: { maps: Maps; fits: RidgeFits },
): void {
  const { difference, vectors, shift } = maps;
  const along = tf.sub<tf.Tensor2D>(tf.matMul(features, vectors, false, true), shift);
  const shares = tf.matMul(tf.square(along), maps.shares).dataSync<'float32'>();
  const wholeShare = difference ? 1 - 1 / fits.rows : 0;
  for (const [place, set] of fits.sets.entries()) {
    for (const [own, tally] of tallies[place]!.entries()) {
      const residuals = computed(() => tf.matMul(along, maps.residuals[place]![own]!));
      for (let row = 0; row * set.classes < residuals.length; row++) {
        const label = set.labels[start + row]!;
        if (label < 0) continue;
        const share = wholeShare + shares[row * fits.l2.length + own]!;
        const residual = residuals.subarray(row * set.classes, (row + 1) * set.classes);
        addRow(tally, residual, { label, share, means: difference ? set.frequencies : undefined });
      }
    }
  }
}

/** @param means - y, where the residual is to be added to y_i - y. */
function addRow(
  tally: Tally,
  residual: Float32Array,
  { label, share, means }: { label: number; share: number; means: Float64Array | undefined },
): void {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < residual.length; at++) {
    const target = Number(at === label);
    const left = (residual[at]! + (means === undefined ? 0 : target - means[at]!)) / share;
    tally.squares += left * left;
    if (target - left > most) {
      most = target - left;
      best = at;
    }
  }
  tally.errors += Number(best !== label);
  tally.leastShare = Math.min(tally.leastShare, share);
}
