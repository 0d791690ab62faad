import type { DepthPlot, PlotFacet, PlotReference, PlotSeries } from './depth-plot.js';
import { shortened } from './shortened.js';
import { spreadLabels } from './spread-labels.js';
import type { PlotAxis } from './step-axis.js';

/** A label in the right margin, with the key of its line. `y` is in pixels from the panel's top. */
export interface LineLabel {
  readonly line: PlotSeries | PlotReference;
  readonly text: string;
  readonly y: number;
}

/** Where everything of a plot goes, in pixels. */
export interface PlotLayout {
  readonly panelWidth: number;
  readonly panelHeight: number;
  /** The top of each panel, below the plot's own title. */
  readonly panelTops: readonly number[];
  readonly padding: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
  /** Square pixels of a marker: smaller where there are many taps. */
  readonly markerArea: number;
  /** The y axis goes from 0 to `yMax`, with a tick at each of `yTicks`. */
  readonly yMax: number;
  readonly yTicks: readonly number[];
  /** A label for each tap, shortened; and which of them are shown. */
  readonly tapLabels: readonly string[];
  readonly shownTaps: readonly number[];
  readonly tapLabelsAreRotated: boolean;
  /** For each panel. */
  readonly lineLabels: readonly (readonly LineLabel[])[];
}

/** The size of text in a plot, and about how wide a letter of it is. */
export const FONT_SIZE = 12;
export const LETTER_WIDTH = 6.8;
const SINE = Math.SQRT1_2;

const MAX_SHOWN_TAPS = 40;
const MAX_TAP_LETTERS = 26;
const MAX_LINE_LETTERS = 34;
const MIN_PANEL_HEIGHT = 260;
/** From one line of the key to the next. */
export const KEY_GAP = FONT_SIZE + 4;
const LABEL_GAP = KEY_GAP;
const PANEL_GAP = 44;
const KEY_WIDTH = 48;
const AXIS_INSET = 18;

/** Decides where everything of a plot goes. Pure, with fixed letter widths: the same everywhere. */
export function layOutPlot(plot: DepthPlot): PlotLayout {
  const panelWidth = Math.round(Math.min(860, Math.max(plot.axis ? 520 : 380, plot.taps.length * 34)));
  const tapLabels = plot.taps.map(({ name }) => shortened(name, MAX_TAP_LETTERS));
  const step = panelWidth / Math.max(1, plot.taps.length);
  const longestTap = Math.max(0, ...tapLabels.map((label) => label.length)) * LETTER_WIDTH;
  const tapLabelsAreRotated = plot.axis === undefined && longestTap > step - 8;
  const { yMax, yTicks } = yAxis(plot.facets);
  const panelHeight = heightFor(plot.facets);
  const lineLabels = plot.facets.map((facet) => labelLines(facet, { yMax, panelHeight, plot }));
  const longestLabel = Math.max(0, ...lineLabels.flat().map(({ text }) => text.length)) * LETTER_WIDTH;
  const longestTitle =
    Math.max(plot.title.length * 1.25, plot.subtitle.length, ...plot.key.map(({ length }) => length)) *
    LETTER_WIDTH;
  return {
    panelWidth,
    panelHeight,
    panelTops: plot.facets.map((_, index) => index * (panelHeight + PANEL_GAP)),
    padding: {
      left: Math.ceil(Math.max(62, tapLabelsAreRotated ? leftOverhang(tapLabels, step) : 0)),
      right: Math.ceil(Math.max(KEY_WIDTH + longestLabel, longestTitle - panelWidth - 56) + 10),
      top: (plot.facets[0]?.title == null ? 64 : 86) + plot.key.length * KEY_GAP,
      bottom: Math.ceil(tapLabelsAreRotated ? 44 + longestTap * SINE : 56),
    },
    markerArea: step < 14 ? 10 : 36,
    yMax,
    yTicks,
    tapLabels,
    shownTaps: plot.axis ? thatFit(tapLabels, axisPixels(plot.axis, panelWidth)) : everyNth(plot.taps.length),
    tapLabelsAreRotated,
    lineLabels,
  };
}

/** How far rotated labels reach to the left of the panel; a letter's height is theirs too. */
function leftOverhang(labels: readonly string[], step: number): number {
  const reaches = labels.map(
    ({ length }, place) => (length * LETTER_WIDTH + FONT_SIZE) * SINE - (place + 0.5) * step,
  );
  return Math.max(0, ...reaches) + FONT_SIZE;
}

/** Where the places of an axis lie in a panel, in pixels: a little inside of its edges. */
export function axisPixels({ positions }: PlotAxis, panelWidth: number): number[] {
  return positions.map((position) => AXIS_INSET + position * (panelWidth - 2 * AXIS_INSET));
}

/** The labels that leave each other room: the first, and from left to right each that no earlier one touches. */
function thatFit(labels: readonly string[], pixels: readonly number[]): readonly number[] {
  const shown: number[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const [at, label] of labels.entries()) {
    const half = (label.length * LETTER_WIDTH) / 2;
    if (pixels[at]! - half < end) continue;
    shown.push(at);
    end = pixels[at]! + half + FONT_SIZE;
  }
  return shown;
}

function everyNth(taps: number): readonly number[] {
  const step = Math.ceil(taps / MAX_SHOWN_TAPS);
  return Array.from({ length: Math.ceil(taps / Math.max(1, step)) }, (_, index) => index * step);
}

function yAxis(facets: readonly PlotFacet[]): { yMax: number; yTicks: readonly number[] } {
  const values = facets.flatMap(({ series, references }) => [
    ...series.flatMap(({ points }) => points.map(({ y, interval }) => interval?.high ?? y)),
    ...references.map(({ y, interval }) => interval?.high ?? y),
  ]);
  const highest = values.reduce((a, b) => Math.max(a, b), 0) || 1;
  const power = 10 ** Math.floor(Math.log10(highest / 5));
  const step = power * ([1, 2, 5, 10].find((digit) => highest / (digit * power) <= 6) ?? 10);
  const ticks = Math.ceil(highest / step - 1e-9);
  const yTicks = Array.from({ length: ticks + 1 }, (_, index) => Number((index * step).toPrecision(12)));
  return { yMax: yTicks.at(-1)!, yTicks };
}

/** Room for a label of each line. */
function heightFor(facets: readonly PlotFacet[]): number {
  const labels = facets.map(({ series, references }) => labelled(series).length + references.length);
  return Math.max(MIN_PANEL_HEIGHT, LABEL_GAP * Math.max(0, ...labels));
}

function labelled(series: readonly PlotSeries[]): readonly PlotSeries[] {
  return series.filter(({ label }) => label !== 'none');
}

function labelLines(
  facet: PlotFacet,
  { yMax, panelHeight, plot }: { yMax: number; panelHeight: number; plot: DepthPlot },
): readonly LineLabel[] {
  const lines = [
    ...labelled(facet.series).map((line) => ({ line, value: line.points.at(-1)?.y ?? 0 })),
    ...facet.references.map((line) => ({ line, value: line.y })),
  ];
  const wanted = lines.map(({ value }) => panelHeight * (1 - value / yMax));
  const placed = spreadLabels(wanted, { gap: LABEL_GAP, length: panelHeight });
  return lines.map(({ line, value }, index) => ({
    line,
    text: `${shortened(line.name, MAX_LINE_LETTERS)} ${value.toFixed(plot.decimals)}${plot.unit}`,
    y: placed[index]!,
  }));
}
