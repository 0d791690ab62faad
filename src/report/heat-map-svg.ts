import type { HeatMap } from './heat-map.js';
import { heatMapSpec } from './heat-map-spec.js';
import { markTaps } from './mark-taps.js';
import { specSvg } from './plot-svg.js';

/** Draws a heat map as an SVG document, each cell with the tap of its row for the page's script. */
export async function heatMapSvg(map: HeatMap): Promise<string> {
  const svg = await specSvg(heatMapSpec(map));
  const starts = map.rows.map((row) => `${row}, ${map.columnsTitle} `);
  return markTaps(svg, (label) => map.taps[starts.findIndex((start) => label.startsWith(start))]);
}
