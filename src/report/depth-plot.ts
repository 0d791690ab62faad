import type { ErrorInterval } from '../probe/error-interval.js';
import type { Measurement, SplitMetrics } from '../probe/measurement.js';
import { SPLITS, type Split } from '../split.js';
import { encodeHiveValue } from '../store/layout.js';
import { hasSeveralReductions, type ReportTap, reductionsOf, selectedOf, tapsOf } from './depth-order.js';
import { CHANCE_STYLE, type LineStyle, MODEL_STYLE, nthStyle, SPLIT_STYLES } from './line-style.js';
import type { LabelSetRecord, RunRecord } from './run-record.js';
import type { PlotAxis } from './step-axis.js';

/** One point of a line. */
export interface PlotPoint {
  readonly tap: string;
  readonly y: number;
  /** Where its 95 % interval ends, in the units of `y`; null where it has none. */
  readonly interval: ErrorInterval | null;
  /** Whether the probe reached the tolerance: those that did not are drawn hollow. */
  readonly converged: boolean;
}

/** A line through the taps. */
export interface PlotSeries {
  readonly name: string;
  readonly style: LineStyle;
  readonly points: readonly PlotPoint[];
  /** How the intervals of its points are drawn: as bars unless said. */
  readonly intervals?: 'bars' | 'band';
  /** Its label in the margin, which it has unless said: where lines have an order, those between need none. */
  readonly label?: 'shown' | 'none';
}

/** A horizontal line to compare with. */
export interface PlotReference {
  readonly name: string;
  readonly style: LineStyle;
  readonly y: number;
}

/** One panel of a plot; there are several where taps have several reductions. */
export interface PlotFacet {
  readonly title: string | null;
  readonly series: readonly PlotSeries[];
  readonly references: readonly PlotReference[];
}

/** A plot over depth as data: drawn by `plotSvg`, written as numbers by `plotCsv`. */
export interface DepthPlot {
  /** The name of its files, without extension. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  /** What bars and hollow markers mean; empty where there are none. */
  readonly key: string;
  readonly yTitle: string;
  /** Decimals of a value in labels. */
  readonly decimals: number;
  readonly unit: ' %' | '';
  /** The x axis, in depth order; with an `axis` of another kind its places by name, where each tap stands for one. */
  readonly taps: readonly ReportTap[];
  readonly axis?: PlotAxis;
  readonly facets: readonly PlotFacet[];
}

type Quantity = 'error' | 'loss';

/** The split that results are quoted on: test where it was read, else valid. */
export function quotedSplit(measurements: readonly Measurement[]): 'valid' | 'test' {
  return measurements.some(({ test }) => test !== null) ? 'test' : 'valid';
}

/** Prediction error in % by depth for one label set, with the model's own error and the chance level. */
export function errorByDepth(
  measurements: readonly Measurement[],
  run: RunRecord,
  labelSet: string,
): DepthPlot {
  return splitsByDepth(measurements, run, { labelSet, quantity: 'error' });
}

/** Loss in nats by depth for one label set, with the model's own loss and that of a uniform guess. */
export function lossByDepth(
  measurements: readonly Measurement[],
  run: RunRecord,
  labelSet: string,
): DepthPlot {
  return splitsByDepth(measurements, run, { labelSet, quantity: 'loss' });
}

function splitsByDepth(
  measurements: readonly Measurement[],
  run: RunRecord,
  { labelSet, quantity }: { labelSet: string; quantity: Quantity },
): DepthPlot {
  const rows = selectedOf(measurements, labelSet);
  const references = referencesOf(rows, run, { labelSet, quantity });
  const isError = quantity === 'error';
  return {
    name: `${quantity}-by-depth.${encodeHiveValue(labelSet)}`,
    title: isError ? 'Prediction error of linear probes by depth' : 'Loss of linear probes by depth',
    subtitle: `${run.names.model} on ${run.names.dataset}, label set ${labelSet}`,
    key: keyOf(rows, quantity),
    yTitle: isError ? 'prediction error (%)' : 'cross-entropy (nats per sample)',
    decimals: isError ? 1 : 3,
    unit: isError ? ' %' : '',
    taps: tapsOf(rows),
    facets: facetsOf(rows, (facetRows) => ({ series: splitSeries(facetRows, quantity), references })),
  };
}

function keyOf(rows: readonly Measurement[], quantity?: Quantity): string {
  const bars = quantity === 'error' && rows.some(({ testErrorInterval }) => testErrorInterval !== null);
  const hollow = rows.some(({ converged }) => !converged);
  return [
    ...(bars ? ['bars: 95 % interval of the test error'] : []),
    ...(hollow ? ['hollow: not converged'] : []),
  ].join('; ');
}

function facetsOf(
  rows: readonly Measurement[],
  draw: (rows: readonly Measurement[]) => Omit<PlotFacet, 'title'>,
): readonly PlotFacet[] {
  if (!hasSeveralReductions(rows)) return [{ title: null, ...draw(rows) }];
  return reductionsOf(rows).map((reduction) => ({
    title: reduction,
    ...draw(rows.filter((row) => row.reduction === reduction)),
  }));
}

function splitSeries(rows: readonly Measurement[], quantity: Quantity): readonly PlotSeries[] {
  return SPLITS.map((split) => ({
    name: split,
    style: SPLIT_STYLES[split],
    points: pointsOf(
      rows,
      (row) => metricOf(row[split], quantity),
      (row) => (split === 'test' && quantity === 'error' ? inPercent(row.testErrorInterval) : null),
    ),
  })).filter(({ points }) => points.length > 0);
}

function pointsOf(
  rows: readonly Measurement[],
  value: (row: Measurement) => number | null,
  interval: (row: Measurement) => ErrorInterval | null = () => null,
): readonly PlotPoint[] {
  return rows.flatMap((row) => {
    const y = value(row);
    if (y === null || !Number.isFinite(y)) return [];
    return [{ tap: row.tap, y, interval: interval(row), converged: row.converged }];
  });
}

function inPercent(interval: ErrorInterval | null): ErrorInterval | null {
  return interval && { low: 100 * interval.low, high: 100 * interval.high };
}

function metricOf(metrics: SplitMetrics | null, quantity: Quantity): number | null {
  if (metrics === null || metrics.samples === 0) return null;
  return quantity === 'error' ? 100 * metrics.error : metrics.loss;
}

function referencesOf(
  rows: readonly Measurement[],
  run: RunRecord,
  { labelSet, quantity }: { labelSet: string; quantity: Quantity },
): readonly PlotReference[] {
  const record = run.labelSets.find(({ name }) => name === labelSet);
  if (record === undefined) return [];
  const split = quotedSplit(rows);
  return [modelReference(record, split, quantity), chanceReference(record, split, quantity)].filter(
    (reference) => reference !== null,
  );
}

function modelReference(record: LabelSetRecord, split: Split, quantity: Quantity): PlotReference | null {
  const y = metricOf(record.model[split], quantity);
  return y === null || !Number.isFinite(y) ? null : { name: `model itself, ${split}`, style: MODEL_STYLE, y };
}

function chanceReference(record: LabelSetRecord, split: Split, quantity: Quantity): PlotReference | null {
  if (quantity === 'loss') return { name: 'uniform guess', style: CHANCE_STYLE, y: Math.log(record.classes) };
  const error = record.chanceError[split];
  return error === null ? null : { name: 'chance', style: CHANCE_STYLE, y: 100 * error };
}

/** One line for each label set: its error as a share of the chance level, so that factors can be compared. */
export function overviewByDepth(measurements: readonly Measurement[], run: RunRecord): DepthPlot {
  const rows = measurements.filter(({ selected }) => selected);
  const split = quotedSplit(rows);
  const references = [{ name: 'chance', style: CHANCE_STYLE, y: 100 }];
  return {
    name: 'error-by-depth',
    title: `What each depth knows: ${split} error by label set`,
    subtitle: `${run.names.model} on ${run.names.dataset}, 100 % = always the most frequent class`,
    key: keyOf(rows),
    yTitle: 'prediction error (% of chance)',
    decimals: 1,
    unit: ' %',
    taps: tapsOf(rows),
    facets: facetsOf(rows, (facetRows) => ({ series: labelSetSeries(facetRows, run, split), references })),
  };
}

function labelSetSeries(
  rows: readonly Measurement[],
  run: RunRecord,
  split: 'valid' | 'test',
): readonly PlotSeries[] {
  return run.labelSets
    .map(({ name, chanceError }, index) => ({
      name,
      style: nthStyle(index),
      points: pointsOf(selectedOf(rows, name), (row) => ratio(row[split], chanceError[split])),
    }))
    .filter(({ points }) => points.length > 0);
}

function ratio(metrics: SplitMetrics | null, chance: number | null): number | null {
  if (metrics === null || metrics.samples === 0 || chance === null || chance === 0) return null;
  return (100 * metrics.error) / chance;
}
