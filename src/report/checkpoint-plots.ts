import { encodeHiveValue } from '../store/layout.js';
import type { CheckpointRun } from './checkpoint-run.js';
import {
  type ComparedQuantity,
  comparedSplit,
  modelAt,
  mostSeeds,
  type ProbePlace,
  probePlaces,
  type StepGroup,
  type StepValue,
  stepGroups,
  valueAt,
} from './checkpoint-values.js';
import { hasSeveralReductions, reductionsOf, tapsOf } from './depth-order.js';
import type { DepthPlot, PlotPoint, PlotReference, PlotSeries } from './depth-plot.js';
import { CHANCE_STYLE, MODEL_IN_SEQUENCE_STYLE, sequentialStyle } from './line-style.js';
import { stepAxis } from './step-axis.js';

/** What one plot of checkpoints shows. */
export interface CompareOptions {
  readonly labelSet: string;
  readonly quantity: ComparedQuantity;
}

interface Compared extends CompareOptions {
  readonly run: CheckpointRun;
  readonly groups: readonly StepGroup[];
  readonly split: 'valid' | 'test';
  /** The selected probes' places, in depth order. */
  readonly places: readonly ProbePlace[];
}

/** A chance level this many times above all lines is written into the key: as a line it would flatten the others. */
const FAR = 3;

const MOST_LABELS = 24;

function compared(run: CheckpointRun, options: CompareOptions): Compared {
  return {
    ...options,
    run,
    groups: stepGroups(run.results),
    split: comparedSplit(run.results),
    places: probePlaces(run.results, options.labelSet),
  };
}

function rowsOf({ run, labelSet }: Compared) {
  return run.results.flatMap(({ measurements }) =>
    measurements.filter((row) => row.selected && row.labelSet === labelSet),
  );
}

/** Errors are drawn in percent, losses in nats. */
function scaleOf({ quantity }: CompareOptions): number {
  return quantity === 'error' ? 100 : 1;
}

function pointOf(name: string, value: StepValue | null, scale: number): readonly PlotPoint[] {
  if (value === null) return [];
  const { mean, interval, converged } = value;
  const ends = interval && { low: scale * interval.low, high: scale * interval.high };
  return [{ tap: name, y: scale * mean, interval: ends, converged }];
}

function asBand(points: readonly PlotPoint[], seeds: number): Pick<PlotSeries, 'points' | 'intervals'> {
  return { points, intervals: seeds > 1 ? 'band' : 'bars' };
}

function chanceOf(plot: Compared): PlotReference | null {
  const { run, labelSet, quantity, split } = plot;
  const record = run.results.flatMap((result) => result.run.labelSets).find(({ name }) => name === labelSet);
  const chance = record?.chance[split];
  if (chance == null) return null;
  return { style: CHANCE_STYLE, interval: null, name: 'chance', y: scaleOf(plot) * chance[quantity] };
}

/** The chance level as a line, or as a phrase of the key where it lies far above everything. */
function referencesOf(plot: Compared, series: readonly PlotSeries[]) {
  const chance = chanceOf(plot);
  const highest = highestOf(series);
  if (chance === null || highest === 0) return { references: [], far: '' };
  if (chance.y <= FAR * highest) return { references: [chance], far: '' };
  const value = plot.quantity === 'error' ? `${chance.y.toFixed(1)} %` : chance.y.toFixed(3);
  return { references: [], far: `${chance.name}: ${value}, far above` };
}

function highestOf(series: readonly PlotSeries[]): number {
  return Math.max(0, ...series.flatMap(({ points }) => points.map(({ y }) => y)));
}

/** Small errors are told apart by hundredths of a percent. */
function decimalsOf({ quantity }: Compared, series: readonly PlotSeries[]): number {
  if (quantity === 'loss') return 3;
  return highestOf(series) < 20 ? 2 : 1;
}

function keyOf(plot: Compared, series: readonly PlotSeries[], far: string): readonly string[] {
  const seeds = mostSeeds(plot.run.results);
  const points = series.flatMap((one) => one.points);
  const spread =
    seeds > 1 ? `lines: mean over ${seeds} seeds, bands: ± one standard deviation` : 'bars: 95 % interval';
  const parts = [
    ...(points.some(({ interval }) => interval !== null) ? [spread] : []),
    ...(points.some(({ converged }) => !converged) ? ['hollow: not converged'] : []),
    ...(far === '' ? [] : [far]),
  ];
  return parts.length === 0 ? [] : [parts.join('; ')];
}

function facetsOf(
  plot: Compared,
  draw: (places: readonly ProbePlace[]) => readonly PlotSeries[],
): Pick<DepthPlot, 'facets' | 'key' | 'decimals'> {
  const rows = rowsOf(plot);
  const titles = hasSeveralReductions(rows) ? reductionsOf(rows) : [null];
  const drawn = titles.map((title) => ({
    title,
    series: draw(plot.places.filter(({ reduction }) => title === null || reduction === title)).filter(
      ({ points }) => points.length > 0,
    ),
  }));
  const all = drawn.flatMap(({ series }) => series);
  const { references, far } = referencesOf(plot, all);
  const facets = drawn.map(({ title, series }) => ({
    title,
    series: fewLabels(series),
    references,
    steps: [],
  }));
  return { facets, key: keyOf(plot, all, far), decimals: decimalsOf(plot, all) };
}

/** Of more lines than have room for a label, some spread evenly from the first to the last keep theirs. */
function fewLabels(series: readonly PlotSeries[]): readonly PlotSeries[] {
  if (series.length <= MOST_LABELS) return series;
  const step = (series.length - 1) / (MOST_LABELS - 1);
  const kept = new Set(Array.from({ length: MOST_LABELS }, (_, at) => Math.round(at * step)));
  return series.map((one, at) => (kept.has(at) ? one : { ...one, label: 'none' }));
}

/** Everything of a plot but its axis, its lines and its key. */
function frameOf({ run, labelSet, quantity, split }: Compared, by: 'depth' | 'step') {
  const { network, dataset } = run.record;
  const isError = quantity === 'error';
  const what = isError ? `${split === 'test' ? 'Test' : 'Validation'} error` : `Loss on ${split}`;
  return {
    name: `${quantity}-by-${by}.${encodeHiveValue(labelSet)}`,
    title: `${what} of linear probes by ${by === 'depth' ? 'depth, a line for each step' : 'training step, a line for each tap'}`,
    subtitle: `${network} on ${dataset}, label set ${labelSet}`,
    yTitle: isError ? 'prediction error (%)' : 'cross-entropy (nats per sample)',
    unit: isError ? (' %' as const) : ('' as const),
  };
}

/** Error or loss by depth, one line for each training step, from the first to the last in a scale of colours. */
export function compareByDepth(run: CheckpointRun, options: CompareOptions): DepthPlot {
  const plot = compared(run, options);
  const seeds = mostSeeds(run.results);
  const lines = (places: readonly ProbePlace[]) =>
    plot.groups.map((group, at) => ({
      name: group.name,
      style: sequentialStyle(at, plot.groups.length),
      ...asBand(
        places.flatMap((place) => pointOf(place.tap, valueAt(group, place, plot), scaleOf(plot))),
        seeds,
      ),
    }));
  return { ...frameOf(plot, 'depth'), taps: tapsOf(rowsOf(plot)), ...facetsOf(plot, lines) };
}

/**
 * Error or loss by training step, one line for each tap, from the input to the output in a scale of colours, and one for
 * the network's own; null where there are no two steps.
 */
export function compareByStep(run: CheckpointRun, options: CompareOptions): DepthPlot | null {
  const plot = compared(run, options);
  const steps = plot.groups.flatMap(({ step }) => step ?? []);
  if (steps.length < 2) return null;
  const seeds = mostSeeds(run.results);
  const taps = tapsOf(rowsOf(plot)).map(({ name }) => name);
  const along = (value: (group: StepGroup) => StepValue | null) =>
    plot.groups.flatMap((group) => pointOf(String(group.step), value(group), scaleOf(plot)));
  const lines = (places: readonly ProbePlace[]) => [
    ...places.map((place) => ({
      name: place.tap,
      tap: place.tap,
      style: sequentialStyle(taps.indexOf(place.tap), taps.length),
      ...asBand(
        along((group) => valueAt(group, place, plot)),
        seeds,
      ),
    })),
    {
      name: 'network itself',
      style: MODEL_IN_SEQUENCE_STYLE,
      ...asBand(
        along((group) => modelAt(group, plot.labelSet, plot)),
        seeds,
      ),
    },
  ];
  return {
    ...frameOf(plot, 'step'),
    taps: steps.map((step) => ({ name: String(step), depth: step })),
    axis: stepAxis(steps),
    ...facetsOf(plot, lines),
  };
}

/** Every plot of a run of checkpoints: for each label set error and loss, by depth and by step. */
export function checkpointPlots(run: CheckpointRun): readonly DepthPlot[] {
  const labelSets = [
    ...new Set(run.results.flatMap((result) => result.run.labelSets.map(({ name }) => name))),
  ];
  return labelSets.flatMap((labelSet) =>
    (['error', 'loss'] as const).flatMap((quantity) => {
      const byStep = compareByStep(run, { labelSet, quantity });
      return [compareByDepth(run, { labelSet, quantity }), ...(byStep === null ? [] : [byStep])];
    }),
  );
}
