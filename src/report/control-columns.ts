import type { Measurement } from '../probe/measurement.js';
import { hasL2 } from '../probe/probe-kind.js';
import { type Column, NONE } from './measurement-column.js';
import { l2Text, percentText } from './number-text.js';
import type { LabelSetRecord } from './run-record.js';

/**
 * Of the probes of one column and label set the one that can fit train best: that with the smallest l2, and of several
 * with it, as of a bank of learning rates, that with the lowest error on train. Undefined of none.
 */
export function leastPenalised(probes: readonly Measurement[]): Measurement | undefined {
  return [...probes].sort((a, b) => a.l2 - b.l2 || a.train.error - b.train.error)[0];
}

/**
 * What the table of a control has besides: the error on train of the probe with the smallest l2, selected or not. It is
 * how far labels that mean nothing can be memorised (section 3.4 of the paper). Nothing for kinds without l2.
 *
 * @param measurements - all of the run: the probes that were not selected are among them.
 */
export function controlColumns(
  record: LabelSetRecord,
  rows: readonly Measurement[],
  measurements: readonly Measurement[],
): readonly Column[] {
  if (!showsMemorised(record, rows)) return [];
  const cell = (row: Measurement) => {
    const least = leastPenalised(candidatesOf(row, measurements));
    return least === undefined ? NONE : percentText(least.train.error, least.train.samples);
  };
  return [{ title: 'train, least l2', align: 'right', cell }];
}

/** What a control is, and what its column says, as lines below its table; none of other label sets. */
export function controlLines(
  record: LabelSetRecord,
  rows: readonly Measurement[],
  measurements: readonly Measurement[],
): readonly string[] {
  if (record.controlOf === null) return [];
  if (!showsMemorised(record, rows)) return [originLine(record)];
  const fitted = rows.flatMap((row) => leastPenalised(candidatesOf(row, measurements)) ?? []);
  return [
    originLine(record),
    `train, least l2: with the smallest l2, ${rangeText(
      fitted.map(({ l2 }) => l2),
      l2Text,
    )}: how far they can be memorised`,
  ];
}

/**
 * {@link controlLines} for a table that has no such column, as that of several checkpoints.
 *
 * @param runs - the measurements of each checkpoint.
 */
export function memorisedLines(
  record: LabelSetRecord,
  runs: readonly (readonly Measurement[])[],
): readonly string[] {
  if (record.controlOf === null) return [];
  const fitted = runs.flatMap((measurements) => {
    const rows = measurements.filter((row) => row.selected && row.labelSet === record.name);
    if (!showsMemorised(record, rows)) return [];
    return rows.flatMap((row) => leastPenalised(candidatesOf(row, measurements)) ?? []);
  });
  const [first] = fitted;
  if (first === undefined) return [originLine(record)];
  const errors = rangeText(
    fitted.map(({ train }) => train.error),
    (error) => percentText(error, first.train.samples),
  );
  return [originLine(record), `on train with the smallest l2: ${errors} %, how far they can be memorised`];
}

function originLine({ controlOf }: LabelSetRecord): string {
  return `a control: the labels of ${controlOf}, permuted within train; valid and test keep theirs`;
}

function rangeText(values: readonly number[], textOf: (value: number) => string): string {
  const [least, most] = [textOf(Math.min(...values)), textOf(Math.max(...values))];
  return least === most ? least : `${least} to ${most}`;
}

function showsMemorised({ controlOf }: LabelSetRecord, rows: readonly Measurement[]): boolean {
  return controlOf !== null && rows.some(({ probe }) => hasL2(probe));
}

function candidatesOf({ tap, reduction, labelSet }: Measurement, measurements: readonly Measurement[]) {
  return measurements.filter(
    (one) => one.tap === tap && one.reduction === reduction && one.labelSet === labelSet,
  );
}
