import { type ErrorInterval, intervalsOf } from '../probe/error-interval.js';
import type { Measurement, SplitMetrics } from '../probe/measurement.js';
import type { RunRecord } from './run-record.js';

/** Metrics with the 95 % intervals of their errors, fractions; null where there is no such error. */
export type WithIntervals<Metrics> = Metrics & {
  readonly errorInterval: ErrorInterval | null;
  readonly top5ErrorInterval: ErrorInterval | null;
};

/** Measurements as `--json` prints them: the errors on valid and test with their 95 % intervals. */
export function measurementsJson(measurements: readonly Measurement[]) {
  return measurements.map((row) => ({
    ...row,
    valid: withIntervals(row.valid),
    test: row.test && withIntervals(row.test),
  }));
}

/** `run.json` as `--json` prints it: the model's own errors on valid and test with their 95 % intervals. */
export function runJson(run: RunRecord) {
  const labelSets = run.labelSets.map(({ model, ...record }) => {
    const { train, valid, test } = model;
    return {
      ...record,
      model: { train, valid: valid && withIntervals(valid), test: test && withIntervals(test) },
    };
  });
  return { ...run, labelSets };
}

function withIntervals<Metrics extends SplitMetrics>(metrics: Metrics): WithIntervals<Metrics> {
  const { error, top5 } = intervalsOf(metrics);
  return { ...metrics, errorInterval: error, top5ErrorInterval: top5 };
}
