import { type HeadingLine, headingLines, headingWidth, SECOND_LINE } from './figure-heading.js';
import { cellText, type HeatMap } from './heat-map.js';
import { FONT_SIZE, LETTER_WIDTH } from './plot-text.js';
import { COLUMN_WIDTH, PAGE_WIDTH } from './print-size.js';
import { shortened } from './shortened.js';

/** Where everything of a heat map goes, in pixels. */
export interface HeatMapLayout {
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly width: number;
  readonly height: number;
  readonly heading: readonly HeadingLine[];
  /** How much lower all else stands than below a heading of two lines. */
  readonly lowered: number;
  readonly rowNames: readonly string[];
  readonly columnNames: readonly string[];
  /** Whether the names above the columns are upright: they are longer than a cell is wide. */
  readonly namesAreUpright: boolean;
  readonly padding: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
}

/** The colour key stands above the map, this long, and so far below the document's top. */
export const SCALE_WIDTH = 200;
export const SCALE_TOP = 62;

/** What marks mean stands to the right of it. */
export const KEY_LEFT = SCALE_WIDTH + 40;

/** Cells are wider for names that then fit above them. */
const CELL_WIDTHS = { least: 42, forNames: 66 } as const;
const MAX_NAME_LETTERS = 30;
const RIGHT = 12;
const CELL_HEIGHTS = { usual: 22, low: FONT_SIZE + 4 } as const;
const MANY_ROWS = 40;
/** The title of the columns stands so far below the document's top. */
export const COLUMNS_TITLE_TOP = 104;

/** Decides where everything of a heat map goes. Pure, with fixed letter widths: the same everywhere. */
export function layOutHeatMap(map: HeatMap): HeatMapLayout {
  const rowNames = map.rows.map((name) => shortened(name, MAX_NAME_LETTERS));
  const columnNames = map.columns.map((name) => shortened(name, MAX_NAME_LETTERS));
  const texts = map.cells.map(cellText);
  const longestColumn = longest(columnNames) * LETTER_WIDTH;
  const text = Math.ceil(longest(texts) * LETTER_WIDTH);
  const usual = Math.max(CELL_WIDTHS.least, text + 12);
  const forNames = Math.max(usual, Math.min(CELL_WIDTHS.forNames, Math.ceil(longestColumn) + 6));
  const cellHeight = map.rows.length > MANY_ROWS ? CELL_HEIGHTS.low : CELL_HEIGHTS.usual;
  const left = Math.ceil(longest(rowNames) * LETTER_WIDTH + 16);
  const room = (figure: number) => (figure - left - RIGHT) / map.columns.length;
  const cellWidth = cellWidthFor(
    { forNames, usual, tight: text + 4 },
    { column: room(COLUMN_WIDTH), page: room(PAGE_WIDTH) },
  );
  const namesAreUpright = longestColumn > cellWidth - 4;
  const width = cellWidth * map.columns.length;
  const above = { title: map.title, texts: [map.subtitle] };
  const whole = Math.max(
    left + width + RIGHT,
    headingWidth(above),
    KEY_LEFT + map.key.length * LETTER_WIDTH + RIGHT,
  );
  const heading = headingLines(above, whole);
  const lowered = heading.at(-1)!.y - SECOND_LINE;
  const names = namesAreUpright ? longestColumn : FONT_SIZE;
  return {
    ...{ cellWidth, cellHeight, width, height: cellHeight * map.rows.length },
    ...{ heading, lowered, rowNames, columnNames, namesAreUpright },
    padding: {
      left,
      right: Math.ceil(whole - left - width),
      top: Math.ceil(COLUMNS_TITLE_TOP + lowered + 18 + names),
      bottom: 12,
    },
  };
}

/**
 * Cells wide enough for names where that fits, else for their texts: in one column of a paper, if it can be, or in two,
 * which about 25 columns fit.
 */
function cellWidthFor(
  { forNames, usual, tight }: { readonly forNames: number; readonly usual: number; readonly tight: number },
  room: { readonly column: number; readonly page: number },
): number {
  if (forNames <= room.column) return forNames;
  if (usual <= room.column) return usual;
  return [forNames, usual].find((width) => width <= room.page) ?? Math.max(tight, Math.floor(room.page));
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
