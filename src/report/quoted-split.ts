import type { Measurement } from '../probe/measurement.js';

/** The split that results are quoted on: test where it was read, else valid. */
export function quotedSplit(measurements: readonly Pick<Measurement, 'test'>[]): 'valid' | 'test' {
  return measurements.some(({ test }) => test !== null) ? 'test' : 'valid';
}

/**
 * What there is to say where the quoted errors are those by which valid selected the probes, of whatever kind: nothing
 * where test is quoted, or nothing was selected.
 */
export function minimumLines(
  rows: readonly Pick<Measurement, 'test' | 'candidates' | 'epoch'>[],
): readonly string[] {
  if (quotedSplit(rows) === 'test') return [];
  const most = rows.reduce((count, { candidates }) => Math.max(count, candidates), 1);
  const stopped = rows.some(({ epoch }) => epoch !== null);
  if (most === 1 && !stopped) return [];
  const among = most === 1 ? 'the best epoch of each probe' : `each probe among up to ${most}`;
  return [
    `no test split: valid selected ${among}, so its errors are minima, and lower than new samples would have them`,
  ];
}
