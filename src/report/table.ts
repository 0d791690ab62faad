import type { Measurement, SplitMetrics } from '../probe/measurement.js';
import { SPLITS } from '../split.js';
import { hasSeveralReductions, reductionsOf, selectedOf } from './depth-order.js';
import { quotedSplit } from './depth-plot.js';
import { convergenceLines, convergenceMark } from './not-converged.js';
import { l2Text, lossText, percentText, scientificText, spreadText } from './number-text.js';
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

/** Errors over several probes: columns of the table where there are some. */
const SPREADS = ['folds', 'seeds'] as const;
/** What probes that were stopped early have besides. */
const RATE_COLUMNS: readonly Column[] = [
  {
    title: 'rate',
    align: 'right',
    cell: ({ learningRate }) => (learningRate === null ? NONE : l2Text(learningRate)),
  },
  { title: 'epoch', align: 'right', detail: true, cell: ({ epoch }) => String(epoch ?? NONE) },
];

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
    ...(rows.some(({ testErrorInterval }) => testErrorInterval !== null)
      ? [{ title: 'test 95 %', align: 'right', detail: true, cell: intervalCell } as const]
      : []),
    ...SPREADS.filter((kind) => rows.some((row) => row[kind] !== null)).map((kind) => ({
      title: kind,
      align: 'right' as const,
      cell: spreadCell(kind),
    })),
    { title: 'loss', align: 'right', cell: (row) => lossCell(row[split]) },
    rows.every(({ probe }) => probe === 'ridge')
      ? { title: 'left out', align: 'right', cell: leftOutCell }
      : { title: 'gap', align: 'right', cell: gapCell },
    { title: 'l2', align: 'right', cell: (row) => l2Text(row.l2) },
    { title: 'calibration', align: 'right', detail: true, cell: calibrationCell(split) },
    ...(rows.some(({ learningRate }) => learningRate !== null) ? RATE_COLUMNS : []),
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

/** The ends of the test error's interval in %. */
function intervalCell({ test, testErrorInterval: interval }: Measurement): string {
  if (test === null || interval === null) return NONE;
  return `${percentText(interval.low, test.samples)} to ${percentText(interval.high, test.samples)}`;
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

function footerOf(rows: readonly Measurement[], record: LabelSetRecord, run: RunRecord): readonly string[] {
  const split = quotedSplit(rows);
  return [
    ...convergenceLines(rows, run.options.tolerance),
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
    ...modelLine(record.model[split], { split, model: run.names.model }),
    ...chanceLine(record.chanceError[split], record.labelled[split]),
  ];
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
  const top5 = top5Error === null ? '' : `, top-5 ${percentText(top5Error, samples)} %`;
  return [`${model} itself on ${split}: ${percentText(error, samples)} %${top5}, loss ${lossText(loss)}`];
}

function chanceLine(error: number | null, samples: number): readonly string[] {
  return error === null
    ? []
    : [`chance: ${percentText(error, samples)} % (always train's most frequent class)`];
}
