import type { ConfusionPlot } from './confusion-plot.js';
import { type HeadingLine, headingLines, headingWidth, SECOND_LINE } from './figure-heading.js';
import { FONT_SIZE, LETTER_WIDTH } from './plot-text.js';
import { shortened } from './shortened.js';

/** Where everything of a confusion matrix goes, in pixels. */
export interface ConfusionLayout {
  /** The side of a cell, and of the whole square. */
  readonly cell: number;
  readonly side: number;
  /** Every how many classes one is named: names stand apart, and what lies between them is in the table of errors. */
  readonly namedEvery: number;
  readonly names: readonly string[];
  /** Whether the names below the columns are upright: they are longer than a cell is wide. */
  readonly namesAreUpright: boolean;
  readonly showsCounts: boolean;
  readonly heading: readonly HeadingLine[];
  /** How much lower all else stands than below a heading of two lines. */
  readonly lowered: number;
  readonly padding: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
}

/** What every cell's colour means stands above the matrix; it takes so much room. */
export const KEY_WIDTH = 470;

const MOST_COUNTED_CLASSES = 12;
/** With names on one side and errors on the other it is no wider than a page. */
const MOST_SIDE = 560;
/** From one name to the next at least. */
const NAME_GAP = FONT_SIZE + 1;
const MAX_NAME_LETTERS = 24;
const AXIS_TITLE = 26;
/** The errors by class stand to the right of their rows, in so much room. */
export const ERROR_WIDTH = 62;
const RIGHT = 12;
const TOP = 106;

/** Decides where everything of a confusion matrix goes. Pure, with fixed letter widths: the same everywhere. */
export function layOutConfusion({ title, subtitle, confusion }: ConfusionPlot): ConfusionLayout {
  const { classes, cells } = confusion;
  const showsCounts = classes.length <= MOST_COUNTED_CLASSES;
  const longestCount = String(cells.reduce((most, { count }) => Math.max(most, count), 0)).length;
  const cell = showsCounts
    ? Math.max(40, Math.ceil(longestCount * LETTER_WIDTH) + 10)
    : Math.min(36, Math.floor(MOST_SIDE / classes.length));
  const names = classes.map((name) => shortened(name, MAX_NAME_LETTERS));
  const longest = widest(names) * LETTER_WIDTH;
  const namesAreUpright = longest > cell - 4;
  const side = cell * classes.length;
  const left = Math.ceil(AXIS_TITLE + longest + 14);
  const above = { title, texts: [subtitle] };
  const whole = Math.max(left + side + ERROR_WIDTH + RIGHT, headingWidth(above), KEY_WIDTH + RIGHT);
  const heading = headingLines(above, whole);
  const lowered = heading.at(-1)!.y - SECOND_LINE;
  return {
    cell,
    side,
    namedEvery: Math.ceil(NAME_GAP / cell),
    names,
    namesAreUpright,
    ...{ showsCounts, heading, lowered },
    padding: {
      left,
      right: Math.ceil(whole - left - side),
      top: TOP + lowered,
      bottom: Math.ceil((namesAreUpright ? longest : FONT_SIZE) + AXIS_TITLE + 16),
    },
  };
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
