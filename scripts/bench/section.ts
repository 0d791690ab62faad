/** What one part of the benchmark found: a table under a title, and what must be known to read it. */
export interface Section {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

/** A section for a part that could not run here, with the reason. */
export function skipped(title: string, reason: string): Section {
  return { title, header: [], rows: [], notes: [`Skipped: ${reason}.`] };
}

/** The section in Markdown. */
export function markdown({ title, header, rows, notes }: Section): string {
  const table = rows.length === 0 ? [] : [markdownTable(header, rows), ''];
  return [`## ${title}`, '', ...table, ...notes].join('\n');
}

/** A table in Markdown, its first column to the left and the others to the right where they hold numbers. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  holds: 'numbers' | 'text' = 'numbers',
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, at) => (at === 0 || holds === 'text' ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

/** A number with three digits that count. */
export function digits(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
