/**
 * Features brought to mean 0 and deviation 1 on the train split:
 *
 *     z = (h - mean) scale      mean = E[h],  scale = 1 / sqrt(E[(h - mean)^2])   (float64)
 *
 * with scale = 0 where a feature is constant, so that it stands for nothing. The moments are summed about the first row,
 * which lies among the data: then the rounding error stays relative to the variance, whatever the mean. With
 * h = first row + d: mean = first + E[d], deviation^2 = E[d^2] - E[d]^2.
 */
import { type NativeRows, nativeSoftmax, softmaxThreads } from '../backend/softmax.js';
import type { FeatureBlock, FeatureSource } from '../read/feature-source.js';
import { widened } from '../read/shard-block.js';
import { type ColumnLabel, nonFiniteFeature } from './column-label.js';

/** Deviations below this part of the mean are float32 rounding, not signal. */
const NEGLIGIBLE = 3e-7;

/** Means and scales of this size, and scales of one over it, are beyond what float32 can be trusted with. */
const EXTREME = 1e30;

/** How raw features become standardised ones. */
export interface Standardisation {
  readonly features: number;
  /** Features that vary on the train split. */
  readonly usedFeatures: number;
  readonly mean: Float64Array;
  /** One over the deviation; 0 for a feature that is constant on the train split. */
  readonly scale: Float64Array;
}

/** Sums over some rows of h - first and its square. */
export interface Moments {
  /** Any number near the features. */
  readonly first: Float32Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  rows: number;
}

/** Sums over no rows, about the mean of others. */
export function momentsAbout({ mean }: Standardisation): Moments {
  const first = Float32Array.from(mean);
  return { first, sum: new Float64Array(mean.length), squares: new Float64Array(mean.length), rows: 0 };
}

/**
 * Measures mean and deviation of every feature over all rows of the train split, in one read.
 *
 * @param kept - filled with the blocks, which then have memory of their own: without it they are let go.
 * @throws UserError when a feature is NaN or infinite.
 */
export async function measureStandardisation(
  source: FeatureSource,
  column: ColumnLabel,
  kept?: FeatureBlock[],
): Promise<Standardisation> {
  const zeros = () => new Float64Array(source.features);
  const moments: Moments = {
    first: new Float32Array(source.features),
    sum: zeros(),
    squares: zeros(),
    rows: 0,
  };
  for await (const block of source.blocks({ keep: kept !== undefined })) {
    await addMoments(moments, block);
    if (!moments.squares.every(Number.isFinite)) {
      throw nonFiniteFeature({ column, split: 'train', source, block, start: moments.rows - block.rows });
    }
    kept?.push(block);
  }
  return standardisationOf(moments);
}

async function addMoments(moments: Moments, block: FeatureBlock): Promise<void> {
  const { first, sum, squares } = moments;
  const features = first.length;
  if (moments.rows === 0) first.set(widened({ values: block.values.subarray(0, features) }));
  moments.rows += block.rows;
  const native = nativeSoftmax();
  if (native !== undefined) {
    const rows = nativeRows([block], identity(features), 0);
    return native.moments(rows, softmaxThreads(), first, sum, squares);
  }
  const values = widened(block);
  for (let at = 0; at < values.length; at += features) addRow(moments, values, at);
}

/** Adds the row of features that begins at a place. */
export function addRow({ first, sum, squares }: Moments, values: Float32Array, at: number): void {
  for (let feature = 0; feature < first.length; feature++) {
    const distance = values[at + feature]! - first[feature]!;
    sum[feature]! += distance;
    squares[feature]! += distance * distance;
  }
}

function identity(features: number): Standardisation {
  const [mean, scale] = [new Float64Array(features), new Float64Array(features).fill(1)];
  return { features, usedFeatures: features, mean, scale };
}

/** The standardisation by rows that were summed. */
export function standardisationOf({ first, sum, squares, rows }: Moments): Standardisation {
  const mean = sum.map((total, feature) => first[feature]! + total / rows);
  const scale = squares.map((total, at) => {
    const deviation = Math.sqrt(Math.max(0, total / rows - (sum[at]! / rows) ** 2));
    return deviation > NEGLIGIBLE * Math.abs(mean[at]!) ? 1 / deviation : 0;
  });
  const usedFeatures = scale.reduce((count, value) => count + Number(value > 0), 0);
  return { features: mean.length, usedFeatures, mean, scale };
}

/** Blocks as the native kernels take them. `start` is the row of the split that the first one begins with. */
export function nativeRows(
  blocks: readonly FeatureBlock[],
  { features, mean, scale }: Standardisation,
  start: number,
): NativeRows {
  const high = Float32Array.from(mean);
  const low = Float32Array.from(mean, (value, at) => value - high[at]!);
  const inverse = Float32Array.from(scale);
  const extreme = isExtreme({ mean, scale });
  return {
    blocks: blocks.map(({ values }) => values),
    features,
    start,
    mean,
    scale,
    high,
    low,
    inverse,
    extreme,
  };
}

function isExtreme({ mean, scale }: Pick<Standardisation, 'mean' | 'scale'>): boolean {
  return (
    mean.some((value) => Math.abs(value) > EXTREME) ||
    scale.some((value) => value > EXTREME || (value > 0 && value < 1 / EXTREME))
  );
}

/**
 * Standardises raw rows into `out`.
 *
 * @returns false when a feature that varies is NaN or infinite.
 */
export function standardiseInto(
  out: Float32Array,
  raw: Float32Array,
  { features, mean, scale }: Standardisation,
): boolean {
  let witness = 0;
  for (let row = 0; row < out.length; row += features) {
    for (let at = 0; at < features; at++) {
      const value = (raw[row + at]! - mean[at]!) * scale[at]!;
      out[row + at] = value;
      witness += value;
    }
  }
  return Number.isFinite(witness);
}
