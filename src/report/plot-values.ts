import { type ErrorInterval, intervalOf } from '../probe/error-interval.js';
import type { ErrorSpread, Measurement, SplitMetrics } from '../probe/measurement.js';
import type { PlotFacet, PlotPoint } from './depth-plot.js';
import { sequencesOf } from './depth-step-pairs.js';

/** What a point of a plot shows: a value and the ends of its bar, null where it has none. */
export interface PlotValue {
  readonly y: number;
  readonly interval: ErrorInterval | null;
}

/** An error in % with its 95 % interval; null where there is none. Other units by `factor`. */
export function errorValue(metrics: SplitMetrics | null, factor = 100): PlotValue | null {
  if (metrics === null || metrics.samples === 0) return null;
  return { y: factor * metrics.error, interval: scaled(intervalOf(metrics), factor) };
}

/** A loss in nats, which has no interval. */
export function lossValue(metrics: SplitMetrics | null): PlotValue | null {
  return metrics === null || metrics.samples === 0 ? null : { y: metrics.loss, interval: null };
}

/** The mean error of several probes in % with one deviation to either side; other units by `factor`. */
export function spreadValue(spread: ErrorSpread | null, factor = 100): PlotValue | null {
  if (spread === null) return null;
  const { errorMean, errorSd } = spread;
  const interval = { low: Math.max(0, errorMean - errorSd), high: Math.min(1, errorMean + errorSd) };
  return { y: factor * errorMean, interval: scaled(interval, factor) };
}

function scaled({ low, high }: ErrorInterval, factor: number): ErrorInterval {
  return { low: factor * low, high: factor * high };
}

/** A point for each row that has a finite value. */
export function pointsOf(
  rows: readonly Measurement[],
  value: (row: Measurement) => PlotValue | null,
): readonly PlotPoint[] {
  return rows.flatMap((row) => {
    const point = value(row);
    if (point === null || !Number.isFinite(point.y)) return [];
    return [{ tap: row.tap, ...point, converged: row.converged }];
  });
}

/** A panel, or where taps have several reductions one for each. */
export function facetsOf(
  rows: readonly Measurement[],
  draw: (rows: readonly Measurement[]) => Omit<PlotFacet, 'title'>,
): readonly PlotFacet[] {
  return sequencesOf(rows).map(({ reduction, rows: own }) => ({ title: reduction, ...draw(own) }));
}

/** What bars and hollow markers mean, in a line; none where there are none. */
export function keyOf(rows: readonly Measurement[], facets: readonly PlotFacet[]): readonly string[] {
  const bars = barsOf(facets);
  const parts = [
    ...(bars.length === 0 ? [] : [`bars: ${bars.join(', ')}`]),
    ...(rows.some(({ converged }) => !converged) ? ['hollow: not converged'] : []),
  ];
  return parts.length === 0 ? [] : [parts.join('; ')];
}

function barsOf(facets: readonly PlotFacet[]): readonly string[] {
  const lines = facets
    .flatMap(({ series }) => series)
    .filter(({ points }) => points.some(({ interval }) => interval !== null))
    .map(({ name }) => name);
  const spreads = (['folds', 'seeds'] as const).filter((name) => lines.includes(name));
  return [
    ...(lines.length > spreads.length ? ['95 % interval'] : []),
    ...(spreads.length > 0 ? [`of ${spreads.join(' and ')} one deviation`] : []),
  ];
}
