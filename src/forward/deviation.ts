/** The largest difference between two arrays, relative to the largest magnitude of the first; NaN and infinities must be equal. */
export function largestDeviation(expected: Float32Array, found: Float32Array): number {
  let [difference, magnitude] = [0, 0];
  for (const [at, value] of expected.entries()) {
    if (Object.is(value, found[at])) continue;
    difference = Math.max(difference, Math.abs(value - found[at]!));
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
  }
  for (const value of expected) if (Number.isFinite(value)) magnitude = Math.max(magnitude, Math.abs(value));
  return difference === 0 ? 0 : difference / magnitude;
}
