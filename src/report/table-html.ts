import { escapeHtml } from './escape-html.js';
import type { Table, TableSection } from './table.js';

/** A table as HTML, with all of its columns but the terminal's; one `<table>` for each section. */
export function tableHtml(table: Table): string {
  return table.sections.map(sectionHtml).join('\n');
}

/** One section as HTML. */
export function sectionHtml({ title, columns: all, rows: allRows, footer }: TableSection): string {
  const columns = all.filter(({ only }) => only !== 'terminal');
  const rows = allRows.map((row) => row?.filter((_, index) => all[index]?.only !== 'terminal') ?? null);
  const cell = (tag: 'td' | 'th') => (text: string, index: number) =>
    `<${tag}${columns[index]?.align === 'right' ? ' class="number"' : ''}>${escapeHtml(text)}</${tag}>`;
  const head = columns.map((column) => column.title).map(cell('th'));
  const body = rows.map((row) =>
    row === null
      ? `<tr class="blank"><td colspan="${columns.length}"></td></tr>`
      : `<tr>${row.map(cell('td')).join('')}</tr>`,
  );
  return [
    '<div class="wide"><table>',
    `<caption>${escapeHtml(title)}</caption>`,
    `<thead><tr>${head.join('')}</tr></thead>`,
    `<tbody>\n${body.join('\n')}\n</tbody>`,
    '</table></div>',
    ...footer.map((line) => `<p class="below">${escapeHtml(line)}</p>`),
  ].join('\n');
}
