import { escapeHtml } from './escape-html.js';
import { GREY } from './line-style.js';
import { FONT_SIZE } from './plot-layout.js';
import { FONT } from './plot-marks.js';
import { type Point, svgElement } from './svg-element.js';

/** How a text is set; by default in grey, from its middle. */
export interface TextStyle {
  readonly size?: number;
  readonly fill?: string;
  readonly weight?: 'normal' | 'bold';
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** A line of text whose letters are about the height `at` a point. */
export function textAt(
  at: Point,
  text: string,
  { size = FONT_SIZE, fill = GREY, weight, anchor = 'middle' }: TextStyle = {},
): string {
  const place = { x: at.x, y: at.y + 0.35 * size };
  const font = { 'font-family': FONT, 'font-size': size, 'font-weight': weight };
  return svgElement('text', { ...place, 'text-anchor': anchor, ...font, fill }, [escapeHtml(text)]);
}
