import { csvNumber, csvText } from './csv-text.js';
import type { DepthPlot, PlotFacet, PlotPoint } from './depth-plot.js';
import type { PlotValue } from './plot-values.js';

/**
 * The numbers of a plot as CSV: a row per point, with the ends of its bar where it has one and whether its probe
 * converged, then one per reference line with no tap. Plots over training steps have a step in place of tap and depth.
 */
export function plotCsv(plot: DepthPlot): string {
  const places = new Map(plot.taps.map(({ name, depth }) => [name, placeCells(plot, name, depth)]));
  const header = [
    'panel',
    'line',
    ...(plot.axis ? ['step'] : ['tap', 'depth']),
    'value',
    'low',
    'high',
    'converged',
  ];
  return csvText([header, ...plot.facets.flatMap((facet) => facetRows(facet, places, plot))]);
}

function placeCells({ axis }: DepthPlot, name: string, depth: number): readonly string[] {
  return axis ? [name] : [name, String(depth)];
}

function facetRows(
  facet: PlotFacet,
  places: ReadonlyMap<string, readonly string[]>,
  { axis }: DepthPlot,
): readonly (readonly string[])[] {
  const panel = facet.title ?? '';
  const points = facet.series.flatMap(({ name, points }) =>
    points.map((point) => [panel, name, ...places.get(point.tap)!, ...pointCells(point)]),
  );
  const nowhere = axis ? [''] : ['', ''];
  const references = facet.references.map((line) => [panel, line.name, ...nowhere, ...valueCells(line), '']);
  return [...points, ...references];
}

function pointCells({ converged, ...value }: PlotPoint): readonly string[] {
  return [...valueCells(value), String(converged)];
}

function valueCells({ y, interval }: PlotValue): readonly string[] {
  const ends = interval === null ? ['', ''] : [csvNumber(interval.low), csvNumber(interval.high)];
  return [csvNumber(y), ...ends];
}
