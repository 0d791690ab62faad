import { intervalOf } from '../probe/error-interval.js';
import type { Measurement, SplitMetrics } from '../probe/measurement.js';
import { SPLITS } from '../split.js';
import { chanceLines } from './chance-lines.js';
import { controlColumns, controlLines } from './control-columns.js';
import { hasSeveralReductions, reductionsOf, selectedOf } from './depth-order.js';
import { stepColumns, stepLines } from './depth-step-columns.js';
import type { DepthStep } from './depth-steps.js';
import { intervalColumns, quotedIntervalColumn, top5Columns } from './interval-columns.js';
import { type Column, NONE } from './measurement-column.js';
import { monotonicityClauses, monotonicityOf } from './monotonicity.js';
import { convergenceLines, convergenceMark } from './not-converged.js';
import { intervalText, l2Text, lossText, percentText, scientificText, spreadText } from './number-text.js';
import { minimumLines, quotedSplit } from './quoted-split.js';
import type { LabelSetRecord, RunRecord } from './run-record.js';

/** A column of a table. */
export interface TableColumnHead {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Where it is shown, when not everywhere. */
  readonly only?: 'page' | 'terminal';
  /** Columns with a rank are left out of a terminal's lines that would be too long, the lowest rank first. */
  readonly yields?: number;
}

/** One part of a table: the probes of one label set. A row that is null is a blank line. */
export interface TableSection {
  readonly title: string;
  /** The label set that it is about, where it is about one. */
  readonly labelSet?: string;
  readonly columns: readonly TableColumnHead[];
  readonly rows: readonly (readonly string[] | null)[];
  /** The tap of each row that is of one, for the page's script; its name stands in the row's first cell. */
  readonly taps?: readonly (string | null)[];
  readonly footer: readonly string[];
}

/** A table as data, for `tableText` and `tableHtml`. */
export interface Table {
  readonly sections: readonly TableSection[];
}

/** Errors over several probes: columns of the table where there are some. */
const SPREADS = ['folds', 'seeds'] as const;
/** What probes that were stopped early have besides. */
const RATE_COLUMNS: readonly Column[] = [
  {
    title: 'rate',
    align: 'right',
    cell: ({ learningRate }) => (learningRate === null ? NONE : l2Text(learningRate)),
  },
  { title: 'epoch', align: 'right', only: 'page', cell: ({ epoch }) => String(epoch ?? NONE) },
];

/** The selected probes in depth order, a section for each label set; below them the model itself and chance. */
export function resultTable(
  measurements: readonly Measurement[],
  run: RunRecord,
  steps: readonly DepthStep[] = [],
): Table {
  const showsReduction = hasSeveralReductions(measurements) || reductionsOf(measurements).length > 1;
  const sections = run.labelSets.map((record) => {
    const rows = selectedOf(measurements, record.name);
    const own = steps.filter(({ labelSet }) => labelSet === record.name);
    const columns = columnsOf(rows, {
      showsReduction,
      steps: own,
      control: controlColumns(record, rows, measurements),
    });
    return {
      labelSet: record.name,
      title: `${record.name}: ${record.classes} classes, prediction error in %, loss on ${quotedSplit(rows)}`,
      columns: columns.map(({ cell: _, ...head }) => head),
      rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
      taps: rows.map(({ tap }) => tap),
      footer: [...controlLines(record, rows, measurements), ...footerOf(rows, { record, run, steps: own })],
    };
  });
  return { sections: sections.filter(({ rows }) => rows.length > 0) };
}

function columnsOf(
  rows: readonly Measurement[],
  {
    showsReduction,
    steps,
    control,
  }: {
    readonly showsReduction: boolean;
    readonly steps: readonly DepthStep[];
    readonly control: readonly Column[];
  },
): readonly Column[] {
  const split = quotedSplit(rows);
  const hasTop5 = rows.some((row) => row[split]?.top5Error != null);
  return [
    { title: 'tap', align: 'left', cell: (row) => row.tap },
    { title: 'depth', align: 'right', only: 'page', cell: (row) => String(row.depth) },
    { title: 'shape', align: 'left', yields: 1, cell: (row) => row.shape },
    { title: 'features', align: 'right', yields: 2, cell: (row) => String(row.features) },
    ...(showsReduction ? [{ title: 'reduction', align: 'left', cell: reduction } as const] : []),
    ...SPLITS.flatMap((each) => [
      { title: each, align: 'right' as const, cell: errorCell(each) },
      ...(each === 'train' ? control : intervalColumns(rows, each)),
    ]),
    quotedIntervalColumn(split),
    ...stepColumns(rows, steps),
    ...(hasTop5 ? top5Columns(split) : []),
    ...SPREADS.filter((kind) => rows.some((row) => row[kind] !== null)).map((kind) => ({
      title: kind,
      align: 'right' as const,
      cell: spreadCell(kind),
    })),
    { title: 'loss', align: 'right', cell: (row) => lossCell(row[split]) },
    rows.every(({ probe }) => probe === 'ridge')
      ? { title: 'left out', align: 'right', cell: leftOutCell }
      : { title: 'gap', align: 'right', cell: gapCell },
    { title: 'l2', align: 'right', yields: 3, cell: (row) => l2Text(row.l2) },
    { title: 'calibration', align: 'right', only: 'page', cell: calibrationCell(split) },
    ...(rows.some(({ learningRate }) => learningRate !== null) ? RATE_COLUMNS : []),
    { title: 'passes', align: 'right', only: 'page', cell: (row) => String(row.passes) },
    { title: 'seconds', align: 'right', only: 'page', cell: (row) => row.seconds.toFixed(2) },
  ];
}

function reduction(row: Measurement): string {
  return row.reduction;
}

function errorCell(split: 'train' | 'valid' | 'test'): (row: Measurement) => string {
  return (row) => withMetrics(row[split], ({ error, samples }) => percentText(error, samples));
}

function calibrationCell(split: 'valid' | 'test'): (row: Measurement) => string {
  return (row) => {
    const metrics = row[split];
    return metrics === null ? NONE : percentText(metrics.calibrationError, metrics.samples);
  };
}

function spreadCell(kind: (typeof SPREADS)[number]): (row: Measurement) => string {
  return (row) => {
    const spread = row[kind];
    return spread === null ? NONE : spreadText(spread, row[kind === 'folds' ? 'train' : 'valid'].samples);
  };
}

function lossCell(metrics: SplitMetrics | null): string {
  return withMetrics(metrics, ({ loss }) => lossText(loss));
}

function withMetrics(metrics: SplitMetrics | null, text: (metrics: SplitMetrics) => string): string {
  return metrics === null || metrics.samples === 0 ? NONE : text(metrics);
}

/** The mark comes first, so that the digits of a column stay below each other. */
function gapCell(row: Measurement): string {
  const { optimalityGap } = row;
  const gap = optimalityGap === Number.POSITIVE_INFINITY ? NONE : scientificText(optimalityGap);
  return `${convergenceMark(row)}${gap}`;
}

/** The error of leave-one-out, which ridge has in place of a gap. */
function leftOutCell({ leaveOneOut, train }: Measurement): string {
  return leaveOneOut === null ? NONE : percentText(leaveOneOut.error, train.samples);
}

function footerOf(
  rows: readonly Measurement[],
  { record, run, steps }: { record: LabelSetRecord; run: RunRecord; steps: readonly DepthStep[] },
): readonly string[] {
  const split = quotedSplit(rows);
  return [
    ...convergenceLines(rows, run.options.tolerance),
    ...minimumLines(rows),
    ...(rows.some((row) => row[split]?.loss === Number.POSITIVE_INFINITY)
      ? [`infinite loss: ${split} has samples of a class that train lacks, which all count as errors`]
      : []),
    ...spreadLines(rows, run),
    ...(rows.every(({ probe }) => probe === 'ridge')
      ? [
          'left out: error on train samples of probes fitted to all the others; loss: of the softmax of the scores, ' +
            'which ridge does not fit',
        ]
      : []),
    ...courseLines(rows, record, steps),
    ...modelLine(record.model[split], { split, model: run.names.model }),
    ...chanceLines(record, split),
  ];
}

/** How the error goes from tap to tap; nothing in runs that are older than their steps are measured. */
function courseLines(
  rows: readonly Measurement[],
  record: LabelSetRecord,
  steps: readonly DepthStep[],
): readonly string[] {
  if (steps.length === 0) return [];
  const courses = monotonicityOf(rows, { labelSets: [record] }, steps);
  return [...stepLines(steps), ...courses.flatMap(monotonicityClauses)];
}

/** What the columns of errors over several probes are. */
function spreadLines(rows: readonly Measurement[], { options }: RunRecord): readonly string[] {
  const cuts = options.seeds > 1 ? `, cut ${options.seeds} times` : '';
  const seeds = rows.find((row) => row.seeds !== null)?.seeds;
  return [
    ...(rows.some(({ folds }) => folds !== null)
      ? [`folds: on the part of train left out, mean ± deviation of ${options.folds} folds${cuts}`]
      : []),
    ...(seeds ? [`seeds: on valid, mean ± deviation of ${seeds.count} draws of the labels`] : []),
  ];
}

function modelLine(
  metrics: SplitMetrics | null,
  { split, model }: { split: string; model: string },
): readonly string[] {
  if (metrics === null || metrics.samples === 0) return [];
  const { error, top5Error, loss, samples } = metrics;
  const text = (share: number) =>
    `${percentText(share, samples)} % (${intervalText(intervalOf({ error: share, samples }), samples)})`;
  const top5 = top5Error === null ? '' : `, top-5 ${text(top5Error)}`;
  return [`${model} itself on ${split}: ${text(error)}${top5}, loss ${lossText(loss)}`];
}
