import { KEY_GAP, LETTER_WIDTH } from './plot-text.js';
import { PAGE_WIDTH } from './print-size.js';
import { wrapped } from './wrapped.js';

/** What stands above a figure: its title, and lines of text. */
export interface Heading {
  readonly title: string;
  readonly texts: readonly string[];
}

/** A line above a figure; `y` is its middle, in pixels from the document's top. */
export interface HeadingLine {
  readonly text: string;
  readonly y: number;
  readonly kind: 'title' | 'text';
}

const FIRST_LINE = 20;
const TITLE_GAP = 18;
/** Where the one line of text below a title of one line stands. */
export const SECOND_LINE = FIRST_LINE + TITLE_GAP;
/** Letters of a title are bold and large. */
const TITLE_LETTER_WIDTH = 1.25 * LETTER_WIDTH;
const MARGINS = 12;

/** How wide a heading is where it is not wrapped, in pixels, or as wide as a page at most. */
export function headingWidth({ title, texts }: Heading): number {
  const lengths = texts.map(({ length }) => length * LETTER_WIDTH);
  return Math.min(PAGE_WIDTH, Math.ceil(Math.max(title.length * TITLE_LETTER_WIDTH, ...lengths) + MARGINS));
}

/** The lines of a heading, wrapped to a width in pixels. */
export function headingLines({ title, texts }: Heading, width: number): readonly HeadingLine[] {
  const fitting = (letterWidth: number) => Math.floor((width - MARGINS) / letterWidth);
  const titles = wrapped(title, fitting(TITLE_LETTER_WIDTH));
  const others = texts.flatMap((text) => wrapped(text, fitting(LETTER_WIDTH)));
  const top = FIRST_LINE + TITLE_GAP * titles.length;
  return [
    ...titles.map((text, at) => ({ text, y: FIRST_LINE + TITLE_GAP * at, kind: 'title' as const })),
    ...others.map((text, at) => ({ text, y: top + KEY_GAP * at, kind: 'text' as const })),
  ];
}
