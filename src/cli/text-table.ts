import { tableText } from '../report/table-text.js';

/** Rows under a header, in columns; numbers stand to the right. Plain text. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const columns = header.map((title, column) => ({
    title,
    align: rows.every((row) => typeof row[column] === 'number') ? ('right' as const) : ('left' as const),
  }));
  return tableText({
    sections: [{ title: '', columns, rows: rows.map((row) => row.map(String)), footer: [] }],
  }).trim();
}
