import { escapeHtml } from './escape-html.js';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/**
 * Puts the name of its tap, as `data-tap`, on each element of a drawn plot that has one, so that the page's script finds it.
 * Vega cannot write such attributes itself.
 *
 * @param tapOf - the tap that an element's `aria-label` is of; undefined where it is of none.
 */
export function markTaps(svg: string, tapOf: (label: string) => string | undefined): string {
  return svg.replace(/ aria-label="([^"]*)"/g, (attribute, label: string) => {
    const tap = tapOf(unescaped(label));
    return tap === undefined ? attribute : `${attribute} data-tap="${escapeHtml(tap)}"`;
  });
}

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!);
}
