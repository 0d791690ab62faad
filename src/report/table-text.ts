import type { Table, TableColumnHead, TableSection } from './table.js';

const GAP = '  ';

/** Longer lines lose columns that yield. */
const MOST_LETTERS = 100;

/**
 * A table as aligned plain text, without colours or borders; numbers to the right. Lines of more than 100 letters are
 * shortened by the columns that yield.
 */
export function tableText(table: Table): string {
  return table.sections.map(sectionText).join('\n\n');
}

interface TextColumn extends TableColumnHead {
  /** Of each row: null in a blank line. */
  readonly cells: readonly (string | null)[];
  readonly width: number;
}

function sectionText({ title, columns, rows, footer }: TableSection): string {
  const shown = fitting(
    columns
      .map((column, index) =>
        textColumn(
          column,
          rows.map((row) => (row === null ? null : (row[index] ?? ''))),
        ),
      )
      .filter(({ only }) => only !== 'page'),
  );
  const line = (cellOf: (column: TextColumn) => string) =>
    shown
      .map((column) => pad(cellOf(column), column.width, column.align))
      .join(GAP)
      .trimEnd();
  const head = line((column) => column.title);
  const rule = shown.map(({ width }) => '-'.repeat(width)).join(GAP);
  const body = rows.map((row, at) => (row === null ? '' : line(({ cells }) => cells[at] ?? '')));
  return [title, '', head, rule, ...body, ...(footer.length > 0 ? ['', ...footer] : [])].join('\n');
}

function textColumn(column: TableColumnHead, cells: readonly (string | null)[]): TextColumn {
  const width = Math.max(column.title.length, ...cells.map((cell) => cell?.length ?? 0));
  return { ...column, cells, width };
}

/** The columns without those that have to yield, the lowest rank first. */
function fitting(columns: readonly TextColumn[]): readonly TextColumn[] {
  const letters = columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
  const next = columns
    .filter(({ yields }) => yields !== undefined)
    .sort((a, b) => a.yields! - b.yields!)
    .at(0);
  if (letters <= MOST_LETTERS || next === undefined) return columns;
  return fitting(columns.filter((column) => column !== next));
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  return align === 'left' ? cell.padEnd(width) : cell.padStart(width);
}
