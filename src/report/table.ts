import type { Measurement, SplitMetrics } from '../probe/measurement.js';
import { SPLITS } from '../split.js';
import { hasSeveralReductions, reductionsOf, selectedOf } from './depth-order.js';
import { quotedSplit } from './depth-plot.js';
import { l2Text, lossText, percentText, scientificText } from './number-text.js';
import type { LabelSetRecord, RunRecord } from './run-record.js';

/** A column of a table. `detail` ones are for pages, not for terminals. */
export interface TableColumnHead {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly detail?: boolean;
}

/** One part of a table: the probes of one label set. A row that is null is a blank line. */
export interface TableSection {
  readonly title: string;
  readonly columns: readonly TableColumnHead[];
  readonly rows: readonly (readonly string[] | null)[];
  readonly footer: readonly string[];
}

/** A table as data, for `tableText` and `tableHtml`. */
export interface Table {
  readonly sections: readonly TableSection[];
}

interface Column extends TableColumnHead {
  readonly cell: (row: Measurement) => string;
}

const NONE = '-';

/** The selected probes in depth order, a section for each label set; below them the model itself and chance. */
export function resultTable(measurements: readonly Measurement[], run: RunRecord): Table {
  const showsReduction = hasSeveralReductions(measurements) || reductionsOf(measurements).length > 1;
  const sections = run.labelSets.map((record) => {
    const rows = selectedOf(measurements, record.name);
    const columns = columnsOf(rows, showsReduction);
    return {
      title: `${record.name}: ${record.classes} classes, prediction error in %, loss on ${quotedSplit(rows)}`,
      columns: columns.map(({ title, align, detail = false }) => ({ title, align, detail })),
      rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
      footer: footerOf(rows, record, run),
    };
  });
  return { sections: sections.filter(({ rows }) => rows.length > 0) };
}

function columnsOf(rows: readonly Measurement[], showsReduction: boolean): readonly Column[] {
  const split = quotedSplit(rows);
  const hasTop5 = rows.some((row) => row[split]?.top5Error != null);
  return [
    { title: 'tap', align: 'left', cell: (row) => row.tap },
    { title: 'depth', align: 'right', detail: true, cell: (row) => String(row.depth) },
    { title: 'shape', align: 'left', cell: (row) => row.shape },
    { title: 'features', align: 'right', cell: (row) => String(row.features) },
    ...(showsReduction ? [{ title: 'reduction', align: 'left', cell: reduction } as const] : []),
    ...SPLITS.map((each) => ({ title: each, align: 'right' as const, cell: errorCell(each) })),
    ...(hasTop5
      ? [{ title: `${split} top-5`, align: 'right', detail: true, cell: top5Cell(split) } as const]
      : []),
    { title: 'loss', align: 'right', cell: (row) => lossCell(row[split]) },
    rows.every(({ probe }) => probe === 'ridge')
      ? { title: 'left out', align: 'right', cell: leftOutCell }
      : { title: 'gap', align: 'right', cell: gapCell },
    { title: 'l2', align: 'right', cell: (row) => l2Text(row.l2) },
    { title: 'passes', align: 'right', detail: true, cell: (row) => String(row.passes) },
    { title: 'seconds', align: 'right', detail: true, cell: (row) => row.seconds.toFixed(2) },
  ];
}

function reduction(row: Measurement): string {
  return row.reduction;
}

function errorCell(split: 'train' | 'valid' | 'test'): (row: Measurement) => string {
  return (row) => withMetrics(row[split], ({ error, samples }) => percentText(error, samples));
}

function top5Cell(split: 'valid' | 'test'): (row: Measurement) => string {
  return (row) =>
    withMetrics(row[split], ({ top5Error, samples }) =>
      top5Error === null ? NONE : percentText(top5Error, samples),
    );
}

function lossCell(metrics: SplitMetrics | null): string {
  return withMetrics(metrics, ({ loss }) => lossText(loss));
}

function withMetrics(metrics: SplitMetrics | null, text: (metrics: SplitMetrics) => string): string {
  return metrics === null || metrics.samples === 0 ? NONE : text(metrics);
}

/** The mark comes first, so that the digits of a column stay below each other. */
function gapCell({ optimalityGap, converged }: Measurement): string {
  return `${converged ? '' : '*'}${scientificText(optimalityGap)}`;
}

/** The error of leave-one-out, which ridge has in place of a gap. */
function leftOutCell({ leaveOneOut, train }: Measurement): string {
  return leaveOneOut === null ? NONE : percentText(leaveOneOut.error, train.samples);
}

function footerOf(rows: readonly Measurement[], record: LabelSetRecord, run: RunRecord): readonly string[] {
  const split = quotedSplit(rows);
  return [
    ...(rows.every(({ converged }) => converged)
      ? []
      : [`* not converged: the gap is above the tolerance, ${run.options.tolerance} of the objective`]),
    ...(rows.some((row) => row[split]?.loss === Number.POSITIVE_INFINITY)
      ? [`infinite loss: ${split} has samples of a class that train lacks, which all count as errors`]
      : []),
    ...(rows.every(({ probe }) => probe === 'ridge')
      ? [
          'left out: error on train samples of probes fitted to all the others; loss: of the softmax of the scores, ' +
            'which ridge does not fit',
        ]
      : []),
    ...modelLine(record.model[split], { split, model: run.names.model }),
    ...chanceLine(record.chanceError[split], record.labelled[split]),
  ];
}

function modelLine(
  metrics: SplitMetrics | null,
  { split, model }: { split: string; model: string },
): readonly string[] {
  if (metrics === null || metrics.samples === 0) return [];
  const { error, top5Error, loss, samples } = metrics;
  const top5 = top5Error === null ? '' : `, top-5 ${percentText(top5Error, samples)} %`;
  return [`${model} itself on ${split}: ${percentText(error, samples)} %${top5}, loss ${lossText(loss)}`];
}

function chanceLine(error: number | null, samples: number): readonly string[] {
  return error === null
    ? []
    : [`chance: ${percentText(error, samples)} % (always train's most frequent class)`];
}
