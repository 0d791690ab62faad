import type { DepthPlot, PlotFacet, PlotReference, PlotSeries } from './depth-plot.js';
import { KEY_GAP, LETTER_WIDTH } from './plot-text.js';
import { shortened } from './shortened.js';
import { spreadLabels } from './spread-labels.js';

/** A label of a line, with the key of how it is drawn. Its left end and its middle, in pixels from the panel's top left. */
export interface LineLabel {
  readonly line: PlotSeries | PlotReference;
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** The piece of a line before its label, with what is around it, and where the name begins. */
export const KEY_LENGTH = 26;
export const NAME_START = KEY_LENGTH + 6;
/** From the panel to the labels beside it, and room for letters that are wider than reckoned. */
const KEY_START = 12;
const SPARE = 14;

const MAX_LINE_LETTERS = 34;
const LABEL_GAP = KEY_GAP;

/** The names of lines with their last values, and these values. */
function namesOf(facet: PlotFacet, { decimals, unit }: DepthPlot) {
  const lines = [
    ...facet.series
      .filter(({ label }) => label !== 'none')
      .map((line) => ({ line, value: line.points.at(-1)?.y ?? 0 })),
    ...facet.references.map((line) => ({ line, value: line.y })),
  ];
  return lines.map(({ line, value }) => ({
    ...{ line, value },
    text: `${shortened(line.name, MAX_LINE_LETTERS)} ${value.toFixed(decimals)}${unit}`,
  }));
}

/** How many labels a panel has. */
export function labelCount(facet: PlotFacet, plot: DepthPlot): number {
  return namesOf(facet, plot).length;
}

/** How wide the labels of a plot are, with their keys, in pixels. */
export function labelWidth(plot: DepthPlot): number {
  return widest(plot.facets.flatMap((facet) => namesOf(facet, plot)));
}

function widest(names: readonly { readonly text: string }[]): number {
  return Math.ceil(NAME_START + Math.max(0, ...names.map(({ text }) => text.length)) * LETTER_WIDTH + SPARE);
}

/** The height of a panel with room for so many labels beside it. */
export function heightForLabels(count: number): number {
  return LABEL_GAP * count;
}

/** Labels to the right of a panel, each as near to the end of its line as the others allow. */
export function labelsBeside(
  facet: PlotFacet,
  plot: DepthPlot,
  panel: { readonly width: number; readonly height: number; readonly yMax: number },
): readonly LineLabel[] {
  const names = namesOf(facet, plot);
  const wanted = names.map(({ value }) => panel.height * (1 - value / panel.yMax));
  const placed = spreadLabels(wanted, { gap: LABEL_GAP, length: panel.height });
  return names.map(({ line, text }, index) => ({
    ...{ line, text },
    x: panel.width + KEY_START,
    y: placed[index]!,
  }));
}

/** Labels in columns below a panel, as many as fit, from the line that ends highest to the lowest. */
export function labelsBelow(
  facet: PlotFacet,
  plot: DepthPlot,
  { left, top, width }: { readonly left: number; readonly top: number; readonly width: number },
): readonly LineLabel[] {
  const names = namesOf(facet, plot).sort((a, b) => b.value - a.value);
  const ways = [3, 2, 1].map((columns) => inColumns(names, columns));
  const isFitting = (columns: (typeof ways)[number]) => sum(columns.map(widest)) <= width;
  const columns = ways.find(isFitting) ?? ways.at(-1)!;
  return columns.flatMap((column, at) =>
    column.map(({ line, text }, row) => ({
      ...{ line, text },
      x: left + sum(columns.slice(0, at).map(widest)),
      y: top + row * LABEL_GAP,
    })),
  );
}

function inColumns<Item>(items: readonly Item[], columns: number): readonly (readonly Item[])[] {
  const rows = Math.ceil(items.length / columns);
  return Array.from({ length: columns }, (_, column) => items.slice(column * rows, (column + 1) * rows));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
