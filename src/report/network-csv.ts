import { intervalOf } from '../probe/error-interval.js';
import { csvNumber, csvText } from './csv-text.js';
import { scaleColour } from './error-scale.js';
import type { NetworkFrame, NetworkPlot } from './network-plot.js';

const HEADER = [
  'tap',
  'depth',
  'kind',
  'op',
  'shape',
  'inputs',
  'reduction',
  'split',
  'error',
  'low',
  'high',
];

/**
 * The numbers of a network's picture as CSV: a row per layer with what it is computed from (names between spaces), and the
 * error of its probe in %, the ends of its 95 % interval and its colour, empty where it has none. With a first column `frame`
 * where there are several.
 */
export function networkCsv(plot: NetworkPlot): string {
  const frames = plot.frames.length === 0 ? [{ label: null, values: new Map() }] : plot.frames;
  const named = frames.length > 1;
  const rows = frames.flatMap((frame) =>
    plot.topology.taps.map((tap) => {
      const { name, depth, kind, op, shape, inputs } = tap;
      const place = [name, String(depth), kind, op, shape.join('x'), inputs.join(' ')];
      return [...(named ? [frame.label ?? ''] : []), ...place, ...valueCells(plot, frame, name)];
    }),
  );
  return csvText([[...(named ? ['frame'] : []), ...HEADER, 'colour'], ...rows]);
}

function valueCells({ split, scale }: NetworkPlot, { values }: NetworkFrame, tap: string): readonly string[] {
  const row = values.get(tap);
  const metrics = row?.[split];
  if (row === undefined || metrics == null || metrics.samples === 0 || scale === null)
    return ['', '', '', '', '', ''];
  const { low, high } = intervalOf(metrics);
  const ends = [csvNumber(100 * low), csvNumber(100 * high)];
  return [row.reduction, split, csvNumber(100 * metrics.error), ...ends, scaleColour(scale, metrics.error)];
}
