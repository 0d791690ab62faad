import type { Table, TableSection } from './table.js';

const GAP = '  ';

/** A table as aligned plain text, without colours or borders; numbers to the right. */
export function tableText(table: Table): string {
  return table.sections.map(sectionText).join('\n\n');
}

function sectionText({ title, columns, rows, footer }: TableSection): string {
  const shown = columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ detail }) => detail !== true);
  const cells = rows.map((row) => (row === null ? null : shown.map(({ index }) => row[index] ?? '')));
  const heads = shown.map((column) => column.title);
  const widths = heads.map((head, index) =>
    Math.max(head.length, ...cells.map((row) => row?.[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => pad(cell, widths[index]!, shown[index]!.align))
      .join(GAP)
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join(GAP);
  const body = cells.map((row) => (row === null ? '' : line(row)));
  return [title, '', line(heads), rule, ...body, ...(footer.length > 0 ? ['', ...footer] : [])].join('\n');
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  return align === 'left' ? cell.padEnd(width) : cell.padStart(width);
}
