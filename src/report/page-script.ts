import { readFileSync } from 'node:fs';

const FILE = new URL('./report-page.js', import.meta.url);

/** The script of `report.html`: the text of `report-page.js`, which stands beside this file in src/ and in dist/. */
export function pageScript(): string {
  return readFileSync(FILE, 'utf8');
}
