import { cellText, type HeatMap } from './heat-map.js';
import { FONT_SIZE, LETTER_WIDTH } from './plot-layout.js';
import { shortened } from './shortened.js';

/** Where everything of a heat map goes, in pixels. */
export interface HeatMapLayout {
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly fontSize: number;
  readonly width: number;
  readonly height: number;
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
const MANY_ROWS = 60;
/** The title of the columns stands so far below the document's top. */
export const COLUMNS_TITLE_TOP = 104;

/** Decides where everything of a heat map goes. Pure, with fixed letter widths: the same everywhere. */
export function layOutHeatMap(map: HeatMap): HeatMapLayout {
  const rowNames = map.rows.map((name) => shortened(name, MAX_NAME_LETTERS));
  const columnNames = map.columns.map((name) => shortened(name, MAX_NAME_LETTERS));
  const texts = map.cells.map(cellText);
  const longestColumn = longest(columnNames) * LETTER_WIDTH;
  const widest = Math.ceil(longest(texts) * LETTER_WIDTH) + 12;
  const cellWidth = Math.max(
    CELL_WIDTHS.least,
    widest,
    Math.min(CELL_WIDTHS.forNames, Math.ceil(longestColumn) + 6),
  );
  const namesAreUpright = longestColumn > cellWidth - 4;
  const [cellHeight, fontSize] = map.rows.length > MANY_ROWS ? [15, 10] : [22, FONT_SIZE];
  const left = Math.ceil(longest(rowNames) * LETTER_WIDTH + 16);
  const width = cellWidth * map.columns.length;
  const heading = Math.max(
    map.title.length * 1.25 * LETTER_WIDTH,
    map.subtitle.length * LETTER_WIDTH,
    KEY_LEFT + map.key.length * LETTER_WIDTH,
  );
  const names = namesAreUpright ? longestColumn : FONT_SIZE;
  return {
    ...{ cellWidth, cellHeight, fontSize, width, height: cellHeight * map.rows.length },
    ...{ rowNames, columnNames, namesAreUpright },
    padding: {
      left,
      right: Math.ceil(Math.max(12, heading + 12 - left - width)),
      top: Math.ceil(COLUMNS_TITLE_TOP + 18 + names),
      bottom: 12,
    },
  };
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
