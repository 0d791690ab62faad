import type { DepthPlot } from './depth-plot.js';
import { KEY_GAP, LETTER_WIDTH } from './plot-text.js';
import { wrapped } from './wrapped.js';

/** A line above a plot; `y` is its middle, in pixels from the document's top. */
export interface HeadingLine {
  readonly text: string;
  readonly y: number;
  readonly kind: 'title' | 'text';
}

const FIRST_LINE = 20;
const TITLE_GAP = 18;
/** Letters of a title are bold and large. */
const TITLE_LETTER_WIDTH = 1.25 * LETTER_WIDTH;
const MARGINS = 12;

/** How wide the lines above a plot are where none is wrapped, in pixels. */
export function headingWidth({ title, subtitle, key }: DepthPlot): number {
  const lengths = [subtitle, ...key].map(({ length }) => length * LETTER_WIDTH);
  return Math.ceil(Math.max(title.length * TITLE_LETTER_WIDTH, ...lengths) + MARGINS);
}

/** The lines above a plot, wrapped to a width in pixels. */
export function headingLines({ title, subtitle, key }: DepthPlot, width: number): readonly HeadingLine[] {
  const fitting = (letterWidth: number) => Math.floor((width - MARGINS) / letterWidth);
  const titles = wrapped(title, fitting(TITLE_LETTER_WIDTH));
  const texts = [subtitle, ...key].flatMap((text) => wrapped(text, fitting(LETTER_WIDTH)));
  const top = FIRST_LINE + TITLE_GAP * titles.length;
  return [
    ...titles.map((text, at) => ({ text, y: FIRST_LINE + TITLE_GAP * at, kind: 'title' as const })),
    ...texts.map((text, at) => ({ text, y: top + KEY_GAP * at, kind: 'text' as const })),
  ];
}
