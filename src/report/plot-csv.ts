import { csvNumber, csvText } from './csv-text.js';
import type { DepthPlot, PlotFacet, PlotPoint } from './depth-plot.js';

const HEADER = ['panel', 'line', 'tap', 'depth', 'value', 'low', 'high', 'converged'] as const;

/**
 * The numbers of a plot as CSV: a row per point, with the ends of its interval where it has one and whether its probe
 * converged, then one per reference line with no tap.
 */
export function plotCsv(plot: DepthPlot): string {
  const depths = new Map(plot.taps.map(({ name, depth }) => [name, depth]));
  return csvText([HEADER, ...plot.facets.flatMap((facet) => facetRows(facet, depths))]);
}

function facetRows(facet: PlotFacet, depths: ReadonlyMap<string, number>): readonly (readonly string[])[] {
  const panel = facet.title ?? '';
  const points = facet.series.flatMap(({ name, points }) =>
    points.map((point) => [panel, name, point.tap, String(depths.get(point.tap)), ...pointCells(point)]),
  );
  return [
    ...points,
    ...facet.references.map(({ name, y }) => [panel, name, '', '', csvNumber(y), '', '', '']),
  ];
}

function pointCells({ y, interval, converged }: PlotPoint): readonly string[] {
  const ends = interval === null ? ['', ''] : [csvNumber(interval.low), csvNumber(interval.high)];
  return [csvNumber(y), ...ends, String(converged)];
}
