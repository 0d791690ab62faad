/** Rows of cells as CSV (RFC 4180, lines ended by a line feed). */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** A number with twelve digits: without the noise of a multiplication by 100. */
export function csvNumber(value: number): string {
  return String(Number(value.toPrecision(12)));
}
