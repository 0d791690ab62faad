import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { htmlPage } from '../../src/report/html-page.js';
import { sectionHtml } from '../../src/report/table-html.js';
import { BROWSER, reportInBrowser } from './page-in-browser.js';

/** Columns of cells as reports have them, each in the order in which it is sorted upwards. */
const SORTED = {
  names: ['add_2', 'add_10', 'conv', 'input'],
  errors: ['0.65', '8.30', '74.90', '-'],
  gaps: ['*8.7e-4', '2.0e-3', '1', 'Infinity'],
  changes: ['↓-25.20', '-0.40', '0.00', '↑+3.10'],
  margins: ['±0.45', '±1.25', '±10.00', ''],
  shapes: ['56', '3x3x56', '24x24x3', '12x12x24'],
  counts: ['7', '300', '1,728', '12,000'],
  intervals: ['-4.15 to -1.85', '-1.00 to 3.00', '0.45 to 1.25', '10.00 to 12.00'],
};
const TITLES = Object.keys(SORTED);
/** In which order the rows are given, with a blank line in the middle. */
const GIVEN = [2, 0, null, 3, 1];

describe.skipIf(BROWSER.isMissing)(`sorting tables in a browser${BROWSER.note}`, () => {
  const open = reportInBrowser(async (folder) => {
    const columns = TITLES.map((title) => ({ title, align: 'right' as const }));
    const rows = GIVEN.map((at) => (at === null ? null : Object.values(SORTED).map((cells) => cells[at]!)));
    const section = sectionHtml({ title: 'a table', columns, rows, footer: [] });
    await writeFile(join(folder, 'report.html'), htmlPage('a page', [section]));
  });

  it.each(TITLES)('puts %s in order, and what has no value last both ways', async (title) => {
    const page = await open();
    const cells = page.locator(`tbody td:nth-child(${TITLES.indexOf(title) + 1}):not([colspan])`);
    const button = page.getByRole('button', { name: title });
    const upwards = SORTED[title as keyof typeof SORTED];
    await button.click();
    expect(await cells.allTextContents()).toEqual(upwards);
    await button.click();
    const valued = upwards.filter((text) => text !== '' && text !== '-');
    expect(await cells.allTextContents()).toEqual([...valued.toReversed(), ...upwards.slice(valued.length)]);
    expect(await page.locator('tr.blank').count()).toBe(0);
    await button.click();
    expect(await cells.allTextContents()).toEqual(GIVEN.flatMap((at) => (at === null ? [] : upwards[at]!)));
    expect(await page.locator('tr.blank').count()).toBe(1);
  });
});
