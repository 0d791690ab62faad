import type { DepthPlot, PlotFacet } from './depth-plot.js';
import { type Heading, type HeadingLine, headingLines, headingWidth } from './figure-heading.js';
import {
  heightForLabels,
  type LineLabel,
  labelCount,
  labelsBelow,
  labelsBeside,
  labelWidth,
} from './line-labels.js';
import { FONT_SIZE, KEY_GAP, LETTER_WIDTH } from './plot-text.js';
import { COLUMN_WIDTH, PAGE_WIDTH } from './print-size.js';
import { shortened } from './shortened.js';
import type { PlotAxis } from './step-axis.js';
import type { Point } from './svg-element.js';

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
  readonly heading: readonly HeadingLine[];
  /** The middle of the x axis's title, below the last panel. */
  readonly axisTitleY: number;
  /** Square pixels of a marker: smaller where there are many taps. */
  readonly markerArea: number;
  /** The y axis goes from 0 to `yMax`, with a tick at each of `yTicks`. */
  readonly yMax: number;
  readonly yTicks: readonly number[];
  /** A label for each tap, shortened; and which of them are shown. */
  readonly tapLabels: readonly string[];
  readonly shownTaps: readonly number[];
  readonly tapLabelsAreRotated: boolean;
  /** Where it is said which values the labels below the panel have; null where they stand beside it. */
  readonly labelsTitle: Point | null;
  /** For each panel. */
  readonly lineLabels: readonly (readonly LineLabel[])[];
}

const SINE = Math.SQRT1_2;

const MAX_TAP_LETTERS = 26;
const AXIS_WIDTH = 62;
/** From the middle of one rotated label to the next. */
const ROTATED_GAP = 18;
const TAP_WIDTH = 34;
const MIN_PANEL_WIDTH = 380;
/** Labels along an axis to scale stand as close as their places do. */
const MIN_SCALED_WIDTH = 520;
const MIN_PANEL_HEIGHT = { column: 220, page: 260 } as const;
const PANEL_GAP = 44;
const AXIS_INSET = 18;
const RIGHT = 10;
/** What fills one column of a paper, with the names of its lines below it: few taps and few lines in one panel. */
const COLUMN = { places: 16, labels: 10 } as const;

type FigureSize = keyof typeof MIN_PANEL_HEIGHT;

/** Decides where everything of a plot goes. Pure, with fixed letter widths: the same everywhere. */
export function layOutPlot(plot: DepthPlot): PlotLayout {
  const size = sizeOf(plot);
  const horizontal = across(plot, size);
  const { tapLabels, left, panelWidth, tapLabelsAreRotated } = horizontal;
  const values = yAxis(plot.facets);
  const panelHeight = heightOf(plot, size);
  const axisTitleY = 12 + (tapLabelsAreRotated ? 20 + longest(tapLabels) * SINE : 32);
  const panel = { width: panelWidth, height: panelHeight, yMax: values.yMax };
  const below = {
    left: 6 - left,
    top: panelHeight + axisTitleY + 2.5 * KEY_GAP,
    width: COLUMN_WIDTH - RIGHT,
  };
  const lineLabels = plot.facets.map((facet) =>
    size === 'page' ? labelsBeside(facet, plot, panel) : labelsBelow(facet, plot, below),
  );
  const width = widthOf(plot, left + panelWidth, size);
  const heading = headingLines(headingOf(plot), width);
  const lowest = Math.max(panelHeight + axisTitleY, ...lineLabels.flat().map(({ y }) => y));
  return {
    ...horizontal,
    ...values,
    ...{ panelHeight, axisTitleY, lineLabels, heading },
    labelsTitle: size === 'page' ? null : { x: below.left, y: below.top - KEY_GAP },
    panelTops: plot.facets.map((_, index) => index * (panelHeight + PANEL_GAP)),
    padding: {
      left,
      right: width - left - panelWidth,
      top: heading.at(-1)!.y + (plot.facets[0]?.title == null ? 26 : 48),
      bottom: Math.ceil(lowest - panelHeight + 12),
    },
    markerArea: panelWidth / Math.max(1, plot.taps.length) < 14 ? 10 : 36,
    shownTaps: plot.axis
      ? thatFit(tapLabels, axisPixels(plot.axis, panelWidth))
      : everyNth(plot.taps.length, panelWidth),
  };
}

/** High enough for the labels beside it. */
function heightOf(plot: DepthPlot, size: FigureSize): number {
  if (size === 'column') return MIN_PANEL_HEIGHT.column;
  const most = Math.max(0, ...plot.facets.map((facet) => labelCount(facet, plot)));
  return Math.max(MIN_PANEL_HEIGHT.page, heightForLabels(most));
}

/** The whole width, of a plot whose panel ends at a place: that of a column, or what its labels and its heading need. */
function widthOf(plot: DepthPlot, panelEnd: number, size: FigureSize): number {
  if (size === 'column') return COLUMN_WIDTH;
  return Math.max(panelEnd + labelWidth(plot), headingWidth(headingOf(plot)));
}

function headingOf({ title, subtitle, key }: DepthPlot): Heading {
  return { title, texts: [subtitle, ...key] };
}

function sizeOf(plot: DepthPlot): FigureSize {
  const [facet, ...others] = plot.facets;
  const isSmall =
    facet !== undefined &&
    others.length === 0 &&
    plot.taps.length <= COLUMN.places &&
    labelCount(facet, plot) <= COLUMN.labels;
  return isSmall ? 'column' : 'page';
}

/** What goes from left to right: the labels of the taps, and how wide the panel is. */
function across(plot: DepthPlot, size: FigureSize) {
  const tapLabels = plot.taps.map(({ name }) => shortened(name, MAX_TAP_LETTERS));
  const areRotatedAt = (panelWidth: number) =>
    plot.axis === undefined && longest(tapLabels) > panelWidth / plot.taps.length - 8;
  const leftAt = (panelWidth: number) =>
    Math.ceil(
      areRotatedAt(panelWidth)
        ? Math.max(AXIS_WIDTH, leftOverhang(tapLabels, panelWidth / plot.taps.length))
        : AXIS_WIDTH,
    );
  const room = (left: number) =>
    size === 'column' ? COLUMN_WIDTH - RIGHT - left : PAGE_WIDTH - labelWidth(plot) - left;
  const least = plot.axis === undefined ? MIN_PANEL_WIDTH : MIN_SCALED_WIDTH;
  const wanted = size === 'column' ? COLUMN_WIDTH : Math.max(least, plot.taps.length * TAP_WIDTH);
  // A narrower panel has labels that reach further to its left, by less than it is narrower.
  let panelWidth = Math.min(wanted, room(AXIS_WIDTH));
  for (let turn = 0; turn < 4; turn += 1) panelWidth = Math.min(panelWidth, room(leftAt(panelWidth)));
  return { tapLabels, panelWidth, left: leftAt(panelWidth), tapLabelsAreRotated: areRotatedAt(panelWidth) };
}

function longest(labels: readonly string[]): number {
  return Math.max(0, ...labels.map(({ length }) => length)) * LETTER_WIDTH;
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

function everyNth(taps: number, panelWidth: number): readonly number[] {
  const step = Math.ceil((taps * ROTATED_GAP) / panelWidth);
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
