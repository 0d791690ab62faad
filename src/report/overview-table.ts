import { intervalOf } from '../probe/error-interval.js';
import type { Measurement } from '../probe/measurement.js';
import { hasSeveralReductions, inDepthOrder } from './depth-order.js';
import { farthestEndLines } from './interval-columns.js';
import { convergenceLines, convergenceMark } from './not-converged.js';
import { percentText } from './number-text.js';
import { minimumLines, quotedSplit } from './quoted-split.js';
import type { LabelSetRecord, RunRecord } from './run-record.js';
import type { Table } from './table.js';

/**
 * What each layer knows of each label set: prediction error in % of the selected probes, a row for each tap (and
 * reduction, where a tap has several) in depth order, a column for each label set; below them the chance level of each.
 */
export function overviewTable(measurements: readonly Measurement[], run: RunRecord): Table {
  const labelSets = run.labelSets.map((record) => record.name);
  const selected = inDepthOrder(measurements.filter((row) => row.selected));
  const split = quotedSplit(selected);
  const several = hasSeveralReductions(measurements);
  const name = (row: Measurement) => (several ? `${row.tap} ${row.reduction}` : row.tap);
  const names = [...new Set(selected.map(name))];
  const cell = (tap: string, labelSet: string) => {
    const row = selected.find((one) => name(one) === tap && one.labelSet === labelSet);
    const metrics = row?.[split];
    return metrics ? `${convergenceMark(row)}${percentText(metrics.error, metrics.samples)}` : '-';
  };
  return {
    sections: [
      {
        title: `every label set: prediction error in % on ${split}`,
        columns: [
          { title: 'tap', align: 'left' },
          ...labelSets.map((title) => ({ title, align: 'right' as const })),
        ],
        rows: [
          ...names.map((tap) => [tap, ...labelSets.map((labelSet) => cell(tap, labelSet))]),
          null,
          ['chance', ...run.labelSets.map((record) => chanceText(record, split))],
        ],
        footer: [
          ...convergenceLines(selected, run.options.tolerance),
          ...minimumLines(selected),
          ...intervalLines(selected, split),
        ],
      },
    ],
  };
}

function chanceText({ chance, labelled }: LabelSetRecord, split: 'valid' | 'test'): string {
  const level = chance[split];
  return level === null ? '-' : percentText(level.error, labelled[split]);
}

function intervalLines(rows: readonly Measurement[], split: 'valid' | 'test'): readonly string[] {
  const values = rows.flatMap((row) => {
    const metrics = row[split];
    if (metrics === null || metrics.samples === 0) return [];
    return [{ ...metrics, interval: intervalOf(metrics) }];
  });
  return farthestEndLines(values, 'report.html and the CSVs');
}
