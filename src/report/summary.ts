import type { Measurement } from '../probe/measurement.js';
import { bestOnValid, hasSeveralReductions, selectedOf, tapsOf } from './depth-order.js';
import type { DepthStep } from './depth-steps.js';
import { type Monotonicity, monotonicityClauses, monotonicityOf } from './monotonicity.js';
import { countText, percentText } from './number-text.js';
import { minimumLines, quotedSplit } from './quoted-split.js';
import type { LabelSetRecord, RunRecord } from './run-record.js';

/**
 * A run in a few sentences: what was probed, and for each label set where its error starts,
 * ends and is lowest, and how steadily it falls.
 */
export function summary(
  measurements: readonly Measurement[],
  run: RunRecord,
  steps: readonly DepthStep[] = [],
): readonly string[] {
  const courses = monotonicityOf(measurements, run, steps);
  return [
    openingOf(measurements, run),
    ...run.labelSets.flatMap((record) => {
      const own = courses.filter(({ labelSet }) => labelSet === record.name);
      return sentenceOf(measurements, record).map((sentence) => `${sentence}${courseSentence(own)}`);
    }),
  ];
}

function courseSentence(courses: readonly Monotonicity[]): string {
  return courses.length === 0 ? '' : ` Monotonicity: ${courses.flatMap(monotonicityClauses).join('; ')}.`;
}

function openingOf(measurements: readonly Measurement[], { names, cache }: RunRecord): string {
  const { train, valid, test } = cache.samples;
  const taps = tapsOf(measurements).length;
  return (
    `${countText(measurements.length)} linear probes on ${taps} ${taps === 1 ? 'tap' : 'taps'} of ${names.model} ` +
    `over ${names.dataset} (${countText(train)} train, ${countText(valid)} valid, ${countText(test)} test samples).`
  );
}

function sentenceOf(measurements: readonly Measurement[], record: LabelSetRecord): readonly string[] {
  const rows = selectedOf(measurements, record.name);
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return [];
  const split = quotedSplit(rows);
  const best = bestOnValid(rows) ?? first;
  const named = hasSeveralReductions(rows)
    ? (row: Measurement) => `${row.tap} (${row.reduction})`
    : (row: Measurement) => row.tap;
  const at = (row: Measurement) => `${errorText(row, split)} at ${named(row)}`;
  const course = rows.length === 1 ? `is ${at(first)}` : `goes from ${at(first)} to ${at(last)}`;
  const lowest = best === last || rows.length === 1 ? '' : `; by the valid split the best tap is ${at(best)}`;
  const kind =
    minimumLines(rows).length > 0 ? `${split} error (a minimum, selected there)` : `${split} error`;
  return [`${record.name}: the ${kind} ${course}${lowest}.${comparison(record, split)}`];
}

function errorText(row: Measurement, split: 'valid' | 'test'): string {
  const metrics = row[split] ?? row.valid;
  return `${percentText(metrics.error, metrics.samples)} %${row.converged ? '' : ' (not converged)'}`;
}

function comparison(record: LabelSetRecord, split: 'valid' | 'test'): string {
  const own = record.model[split];
  const chance = record.chance[split];
  const parts = [
    ...(own === null ? [] : [`the model itself errs on ${percentText(own.error, own.samples)} %`]),
    ...(chance === null
      ? []
      : [`chance, the best constant prediction, is ${percentText(chance.error, record.labelled[split])} %`]),
  ];
  const text = parts.join('; ');
  return text === '' ? '' : ` ${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
