import { parse, type Spec, View } from 'vega';
import type { DepthPlot } from './depth-plot.js';
import { escapeHtml } from './escape-html.js';
import { markTaps } from './mark-taps.js';
import { plotSpec } from './plot-spec.js';

/** Draws a plot as an SVG document with a transparent background, in colours that read on white and on dark. */
export async function plotSvg(plot: DepthPlot): Promise<string> {
  // With an axis of another kind the taps are the lines.
  const tapIs = ({ tap, line }: { tap: string; line: string }) => (plot.axis === undefined ? tap : line);
  const starts = plot.facets.flatMap(({ series }) =>
    series.flatMap(({ name, points }) =>
      points.map(({ tap }) => ({ tap: tapIs({ tap, line: name }), start: `${tap}, ${name}: ` })),
    ),
  );
  const svg = await specSvg(plotSpec(plot));
  return markTaps(svg, (label) => starts.find(({ start }) => label.startsWith(start))?.tap);
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
