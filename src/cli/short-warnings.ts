import type { Measurement } from '../probe/measurement.js';
import { controlsOf, type RunRecord } from '../report/run-record.js';
import { runWarnings } from '../report/run-warnings.js';

/**
 * The warnings of a run as the terminal prints them: all of `run.json`, those about its probes naming few taps.
 *
 * @param mostTaps - taps that a line names; the others are counted.
 */
export function shortWarnings(
  run: RunRecord,
  measurements: readonly Measurement[],
  mostTaps: number,
): readonly string[] {
  const controls = controlsOf(run);
  const inFull = new Set(runWarnings(measurements, { controls }));
  return [
    ...run.warnings.filter((warning) => !inFull.has(warning)),
    ...runWarnings(measurements, { controls, mostTaps }),
  ];
}
