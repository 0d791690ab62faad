import { escapeHtml } from './escape-html.js';

/** A point in pixels, y downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Attributes of an element; those undefined are left out, numbers are rounded to a hundredth. */
export type SvgAttributes = Readonly<Record<string, string | number | undefined>>;

/** An element of an SVG document. `children` are elements, or text that {@link escapeHtml} has been through. */
export function svgElement(
  name: string,
  attributes: SvgAttributes,
  children: readonly string[] = [],
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? numberText(value) : escapeHtml(value!)}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

/** A whole document of a size in pixels, with its title, and without the characters that XML does not allow. */
export function svgDocument(
  { width, height, title }: { readonly width: number; readonly height: number; readonly title: string },
  children: readonly string[],
): string {
  const size = { width: Math.ceil(width), height: Math.ceil(height) };
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    ...size,
    viewBox: `0 0 ${size.width} ${size.height}`,
    role: 'group',
  };
  const parts = [svgElement('title', {}, [escapeHtml(title)]), ...children];
  return `${validXml(svgElement('svg', attributes, ['\n', parts.join('\n'), '\n']))}\n`;
}

/** Replaces the characters that XML does not allow. */
export function validXml(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\r]/gu, '\uFFFD');
}

/** A number as paths and attributes hold it. */
export function numberText(value: number): string {
  return String(Math.round(value * 100) / 100);
}
