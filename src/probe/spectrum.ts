/**
 * Linear systems with one symmetric matrix, S = V diag(lambda) V', shrunk in many ways: (f(S)) W = C has the solution
 * W = V (V'C / f(lambda)), so that one decomposition serves every f. All is float64: what is divided by a small f(lambda)
 * must be known to more digits than float32 has, and what comes of it may cancel in the scores.
 */
import { symmetricEigen } from './symmetric-eigen.js';

/** A decomposed covariance with right sides turned into its eigenvectors. */
export interface Spectrum {
  readonly features: number;
  /** None is negative. */
  readonly values: Float64Array;
  /** Eigenvectors as rows, (values, features). */
  readonly vectors: Float64Array;
}

/** Decomposes a covariance, (features, features), in float64. */
export function spectrumOf(covariance: Float64Array, features: number): Spectrum {
  const { values, vectors } = symmetricEigen(covariance, features);
  return { features, values: values.map((value) => Math.max(0, value)), vectors };
}

/** V'C of (features, columns), in float64. */
export function turned(
  { features, values, vectors }: Spectrum,
  right: Float64Array,
  columns: number,
): Float64Array {
  const out = new Float64Array(values.length * columns);
  for (let k = 0; k < values.length; k++) {
    const own = out.subarray(k * columns, (k + 1) * columns);
    for (let feature = 0; feature < features; feature++) {
      const factor = vectors[k * features + feature]!;
      const start = feature * columns;
      for (let at = 0; at < columns; at++) own[at]! += factor * right[start + at]!;
    }
  }
  return out;
}

/** V times (features, columns) in the eigenvectors, each row of it multiplied by a factor first; in float64. */
export function turnedBack(
  { features, values, vectors }: Spectrum,
  turned: Float64Array,
  factors: Float64Array,
): Float64Array {
  const columns = turned.length / values.length;
  const out = new Float64Array(features * columns);
  for (let k = 0; k < values.length; k++) {
    const scaled = turned.subarray(k * columns, (k + 1) * columns).map((value) => value * factors[k]!);
    for (let feature = 0; feature < features; feature++) {
      const factor = vectors[k * features + feature]!;
      const start = feature * columns;
      for (let at = 0; at < columns; at++) out[start + at]! += factor * scaled[at]!;
    }
  }
  return out;
}
