import { csvNumber, csvText } from './csv-text.js';
import type { DepthPlot, PlotFacet, PlotPoint } from './depth-plot.js';
import type { PlotValue } from './plot-values.js';

const HEADER = ['panel', 'line', 'tap', 'depth', 'value', 'low', 'high', 'converged'] as const;

/**
 * The numbers of a plot as CSV: a row per point, with the ends of its bar where it has one and whether its probe
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
  return [...points, ...facet.references.map((line) => [panel, line.name, '', '', ...valueCells(line), ''])];
}

function pointCells({ converged, ...value }: PlotPoint): readonly string[] {
  return [...valueCells(value), String(converged)];
}

function valueCells({ y, interval }: PlotValue): readonly string[] {
  const ends = interval === null ? ['', ''] : [csvNumber(interval.low), csvNumber(interval.high)];
  return [csvNumber(y), ...ends];
}
