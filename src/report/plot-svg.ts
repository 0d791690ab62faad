import { parse, type Spec, View } from 'vega';
import type { DepthPlot, PlotSeries } from './depth-plot.js';
import { escapeHtml } from './escape-html.js';
import { markTaps } from './mark-taps.js';
import { plotSpec } from './plot-spec.js';

/** Draws a plot as an SVG document with a transparent background, in colours that read on white and on dark. */
export async function plotSvg(plot: DepthPlot): Promise<string> {
  const marks = plot.facets.flatMap(({ series }) => series.flatMap((line) => markedTaps(line, plot)));
  const svg = await specSvg(plotSpec(plot));
  return markTaps(svg, (label) => marks.find(({ start }) => label.startsWith(start))?.tap);
}

/** How the labels of what is of a tap begin: points over taps, or lines that are each of one and their points. */
function markedTaps({ name, tap: whole, points }: PlotSeries, { axis }: DepthPlot) {
  const starts = points.map((point) => ({ tap: point.tap, start: `${point.tap}, ${name}: ` }));
  if (axis === undefined) return starts;
  return whole === undefined ? [] : [...starts, { start: name }].map(({ start }) => ({ tap: whole, start }));
}

/** Draws a Vega specification as an SVG document, with its description as the title. */
export async function specSvg(spec: Spec): Promise<string> {
  const view = new View(parse(spec), { renderer: 'none' });
  try {
    return `${titled(await view.toSVG(), spec.description ?? '')}\n`;
  } finally {
    view.finalize();
  }
}

/** Puts the document's title in, for screen readers, and takes out characters that XML does not allow. */
function titled(svg: string, title: string): string {
  return svg
    .replace('>', () => `><title>${escapeHtml(title)}</title>`)
    .replace(/[^\P{Cc}\t\n\r]/gu, '\uFFFD');
}
