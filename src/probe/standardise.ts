/**
 * Features brought to mean 0 and deviation 1 on the train split:
 *
 *     z = (h - mean) / deviation      mean = E[h],  deviation = sqrt(E[(h - mean)^2])   (float64)
 *
 * The moments are summed about the first row, which lies among the data: then the rounding error stays
 * relative to the variance, whatever the mean. With h = first row + d:
 * mean = first + E[d], deviation^2 = E[d^2] - E[d]^2.
 */
import type { FeatureSource } from '../read/feature-source.js';
import type { ColumnLabel } from './column-label.js';
import { nonFiniteFeature } from './column-label.js';

/** Deviations below this part of the mean are float32 rounding, not signal. */
const NEGLIGIBLE = 3e-7;

/** Deviations below this cannot be divided by in float32. */
const SMALLEST = 1e-30;

/** How raw features become standardised ones. */
export interface Standardisation {
  /** Raw features, and those that vary on the train split. */
  readonly features: number;
  readonly usedFeatures: number;
  /** The raw index, mean and deviation of each standardised feature. */
  readonly used: Int32Array;
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

interface Moments {
  readonly first: Float64Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  rows: number;
}

/**
 * Measures mean and deviation of every feature over all rows of the train split, in one read.
 *
 * A column without a varying feature keeps one that standardises to zero, so that it can be probed: such a probe
 * knows the class frequencies only.
 *
 * @throws UserError when a feature is NaN or infinite.
 */
export async function measureStandardisation(
  source: FeatureSource,
  column: ColumnLabel,
): Promise<Standardisation> {
  const zeros = () => new Float64Array(source.features);
  const moments: Moments = { first: zeros(), sum: zeros(), squares: zeros(), rows: 0 };
  for await (const block of source.blocks()) {
    addMoments(moments, block.features.subarray(0, block.rows * source.features));
    if (!moments.squares.every(Number.isFinite)) {
      throw nonFiniteFeature({ column, split: 'train', source, block, start: moments.rows - block.rows });
    }
  }
  return standardisationOf(moments);
}

function addMoments(moments: Moments, values: Float32Array): void {
  const { first, sum, squares } = moments;
  const features = first.length;
  if (moments.rows === 0) first.set(values.subarray(0, features));
  for (let at = 0; at < values.length; at += features) {
    for (let feature = 0; feature < features; feature++) {
      const distance = values[at + feature]! - first[feature]!;
      sum[feature]! += distance;
      squares[feature]! += distance * distance;
    }
  }
  moments.rows += values.length / features;
}

function standardisationOf({ first, sum, squares, rows }: Moments): Standardisation {
  const shift = sum.map((total) => total / rows);
  const mean = first.map((value, feature) => value + shift[feature]!);
  const deviation = squares.map((total, at) => Math.sqrt(Math.max(0, total / rows - shift[at]! ** 2)));
  const varies = (feature: number) =>
    deviation[feature]! > Math.max(SMALLEST, NEGLIGIBLE * Math.abs(mean[feature]!));
  const used = Int32Array.from(mean.keys()).filter(varies);
  if (used.length === 0) return constantStandardisation(mean);
  return {
    features: mean.length,
    usedFeatures: used.length,
    used,
    mean: Float64Array.from(used, (feature) => mean[feature]!),
    deviation: Float64Array.from(used, (feature) => deviation[feature]!),
  };
}

function constantStandardisation(mean: Float64Array): Standardisation {
  return {
    features: mean.length,
    usedFeatures: 0,
    used: Int32Array.of(0),
    mean: mean.slice(0, 1),
    deviation: Float64Array.of(Number.POSITIVE_INFINITY),
  };
}

/**
 * Standardises raw rows into `out`, (rows, used features).
 *
 * @returns false when a used feature is NaN or infinite.
 */
export function standardiseInto(
  out: Float32Array,
  raw: Float32Array,
  { features, used, mean, deviation }: Standardisation,
): boolean {
  const inverse = deviation.map((value) => 1 / value);
  const width = used.length;
  let witness = 0;
  for (let from = 0, to = 0; to < out.length; from += features, to += width) {
    for (let at = 0; at < width; at++) {
      const value = (raw[from + used[at]!]! - mean[at]!) * inverse[at]!;
      out[to + at] = value;
      witness += value;
    }
  }
  return Number.isFinite(witness);
}
