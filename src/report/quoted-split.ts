import type { Measurement } from '../probe/measurement.js';

/** The split that results are quoted on: test where it was read, else valid. */
export function quotedSplit(measurements: readonly Pick<Measurement, 'test'>[]): 'valid' | 'test' {
  return measurements.some(({ test }) => test !== null) ? 'test' : 'valid';
}
