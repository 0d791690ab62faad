import type { ErrorInterval } from '../probe/error-interval.js';
import type { Measurement } from '../probe/measurement.js';
import { SPLITS, type Split } from '../split.js';
import { encodeHiveValue } from '../store/layout.js';
import { type ReportTap, selectedOf, tapsOf } from './depth-order.js';
import type { DepthVerdict } from './depth-steps.js';
import { CHANCE_STYLE, type LineStyle, MODEL_STYLE, SPLIT_STYLES, SPREAD_STYLES } from './line-style.js';
import {
  errorValue,
  facetsOf,
  keyOf,
  lossValue,
  type PlotValue,
  pointsOf,
  spreadValue,
} from './plot-values.js';
import { quotedSplit } from './quoted-split.js';
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
  /** The tap that the whole line is of, where the plot is over something else. */
  readonly tap?: string;
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
  /** Its 95 % interval, in the units of `y`; null where it has none. */
  readonly interval: ErrorInterval | null;
}

/** A mark above the panel, at the tap that a step of the quoted line comes to. */
export interface PlotStep {
  readonly tap: string;
  readonly verdict: DepthVerdict;
  /** For screen readers: `add_1 to add_2: -3.2 (-4.1 to -2.3), falls`. */
  readonly text: string;
}

/** One panel of a plot; there are several where taps have several reductions. */
export interface PlotFacet {
  readonly title: string | null;
  readonly series: readonly PlotSeries[];
  readonly references: readonly PlotReference[];
  /** See `withSteps`; empty where there are none. */
  readonly steps: readonly PlotStep[];
}

/** A plot over depth as data: drawn by `plotSvg`, written as numbers by `plotCsv`. */
export interface DepthPlot {
  /** The name of its files, without extension. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  /** What bars, marks and hollow markers mean, a line each; empty where there are none. */
  readonly key: readonly string[];
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

/** Prediction error in % by depth for one label set, with the model's own error and the chance level. */
export function errorByDepth(
  measurements: readonly Measurement[],
  run: RunRecord,
  labelSet: string,
): DepthPlot {
  const rows = selectedOf(measurements, labelSet);
  const references = referencesOf(rows, run, { labelSet, quantity: 'error' });
  const facets = facetsOf(rows, (own) => ({
    series: [...splitSeries(own, 'error'), ...spreadSeries(own)],
    references,
    steps: [],
  }));
  return {
    ...commonParts(rows, run, { labelSet, quantity: 'error' }),
    title: 'Prediction error of linear probes by depth',
    key: keyOf(rows, facets),
    yTitle: 'prediction error (%)',
    decimals: 1,
    unit: ' %',
    facets,
  };
}

/** Loss in nats by depth for one label set, with the model's own loss and the chance level. */
export function lossByDepth(
  measurements: readonly Measurement[],
  run: RunRecord,
  labelSet: string,
): DepthPlot {
  const rows = selectedOf(measurements, labelSet);
  const references = referencesOf(rows, run, { labelSet, quantity: 'loss' });
  const facets = facetsOf(rows, (own) => ({ series: splitSeries(own, 'loss'), references, steps: [] }));
  return {
    ...commonParts(rows, run, { labelSet, quantity: 'loss' }),
    title: 'Loss of linear probes by depth',
    key: keyOf(rows, facets),
    yTitle: 'cross-entropy (nats per sample)',
    decimals: 3,
    unit: '',
    facets,
  };
}

function commonParts(
  rows: readonly Measurement[],
  { names }: RunRecord,
  { labelSet, quantity }: { labelSet: string; quantity: Quantity },
): Pick<DepthPlot, 'name' | 'subtitle' | 'taps'> {
  return {
    name: `${quantity}-by-depth.${encodeHiveValue(labelSet)}`,
    subtitle: `${names.model} on ${names.dataset}, label set ${labelSet}`,
    taps: tapsOf(rows),
  };
}

const VALUES = {
  error: (metrics: Measurement[Split], split: Split) => withBar(errorValue(metrics), split !== 'train'),
  loss: (metrics: Measurement[Split], _: Split) => lossValue(metrics),
} as const;

/** The samples that a probe was fitted to say nothing of how far its error may be off. */
function withBar(value: PlotValue | null, hasBar: boolean): PlotValue | null {
  return value && (hasBar ? value : { ...value, interval: null });
}

function splitSeries(rows: readonly Measurement[], quantity: Quantity): readonly PlotSeries[] {
  return SPLITS.map((split) => ({
    name: split,
    style: SPLIT_STYLES[split],
    points: pointsOf(rows, (row) => VALUES[quantity](row[split], split)),
  })).filter(({ points }) => points.length > 0);
}

/** The errors over several probes: mean, and a bar of one deviation to either side. */
function spreadSeries(rows: readonly Measurement[]): readonly PlotSeries[] {
  return (['folds', 'seeds'] as const)
    .map((kind) => ({
      name: kind,
      style: SPREAD_STYLES[kind],
      points: pointsOf(rows, (row) => spreadValue(row[kind])),
    }))
    .filter(({ points }) => points.length > 0);
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
  const value = (quantity === 'error' ? errorValue : lossValue)(record.model[split]);
  if (value === null || !Number.isFinite(value.y)) return null;
  return { name: `model itself, ${split}`, style: MODEL_STYLE, ...value };
}

function chanceReference(record: LabelSetRecord, split: Split, quantity: Quantity): PlotReference | null {
  const chance = record.chance[split];
  if (chance === null) return null;
  const y = quantity === 'error' ? 100 * chance.error : chance.loss;
  return { style: CHANCE_STYLE, interval: null, name: 'chance', y };
}
