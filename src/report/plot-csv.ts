import type { DepthPlot, PlotFacet } from './depth-plot.js';

const HEADER = ['panel', 'line', 'tap', 'depth', 'value'] as const;

/** The numbers of a plot as CSV (RFC 4180): a row per point, then one per reference line with no tap. */
export function plotCsv(plot: DepthPlot): string {
  const depths = new Map(plot.taps.map(({ name, depth }) => [name, depth]));
  const rows = plot.facets.flatMap((facet) => facetRows(facet, depths));
  return [HEADER, ...rows].map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

function facetRows(facet: PlotFacet, depths: ReadonlyMap<string, number>): readonly (readonly string[])[] {
  const panel = facet.title ?? '';
  const points = facet.series.flatMap(({ name, points }) =>
    points.map(({ tap, y }) => [panel, name, tap, String(depths.get(tap)), numberField(y)]),
  );
  return [...points, ...facet.references.map(({ name, y }) => [panel, name, '', '', numberField(y)])];
}

function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Twelve digits: without the noise of a multiplication by 100. */
function numberField(value: number): string {
  return String(Number(value.toPrecision(12)));
}
