import { type ErrorInterval, intervalOf } from '../probe/error-interval.js';
import type { Measurement, SplitMetrics } from '../probe/measurement.js';
import { type Column, NONE } from './measurement-column.js';
import { intervalText, percentText } from './number-text.js';

type QuotedSplit = 'valid' | 'test';

/** The ends of the interval of a split's error, on pages; none where no row has the split. */
export function intervalColumns(rows: readonly Measurement[], split: QuotedSplit): readonly Column[] {
  if (rows.every((row) => row[split] === null)) return [];
  return [
    { title: `${split} 95 %`, align: 'right', only: 'page', cell: intervalCell(split, ({ error }) => error) },
  ];
}

/** The top-5 error of a split with its interval, on pages. */
export function top5Columns(split: QuotedSplit): readonly Column[] {
  const top5 = ({ top5Error }: SplitMetrics) => top5Error;
  const cell = (row: Measurement) => {
    const metrics = row[split];
    return metrics?.top5Error == null ? NONE : percentText(metrics.top5Error, metrics.samples);
  };
  return [
    { title: `${split} top-5`, align: 'right', only: 'page', cell },
    { title: 'top-5 95 %', align: 'right', only: 'page', cell: intervalCell(split, top5) },
  ];
}

function intervalCell(split: QuotedSplit, of: (metrics: SplitMetrics) => number | null) {
  return (row: Measurement): string => {
    const metrics = row[split];
    const error = metrics === null || metrics.samples === 0 ? null : of(metrics);
    if (metrics === null || error === null) return NONE;
    return intervalText(intervalOf({ error, samples: metrics.samples }), metrics.samples);
  };
}

/** The ends of the interval of the quoted error, for terminals. */
export function quotedIntervalColumn(split: QuotedSplit): Column {
  return { title: '95 %', align: 'right', only: 'terminal', cell: intervalCell(split, ({ error }) => error) };
}

/** How uncertain the least certain of some errors is, as a line: their intervals themselves would fill a table. */
export function farthestEndLines(
  values: readonly {
    readonly error: number;
    readonly interval: ErrorInterval;
    readonly samples: number;
  }[],
  place: string,
): readonly string[] {
  const distance = ({ error, interval }: (typeof values)[number]) =>
    Math.max(error - interval.low, interval.high - error);
  const [first, ...others] = values;
  if (first === undefined) return [];
  const farthest = others.reduce((most, one) => (distance(one) > distance(most) ? one : most), first);
  const points = percentText(distance(farthest), farthest.samples);
  return [`95 % intervals end at most ${points} points from the error; each is in ${place}`];
}
