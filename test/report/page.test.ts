import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { writeResults } from '../../src/report/report.js';
import { chain, labelSet, measurement, metrics, run, topology } from './example-run.js';
import { BROWSER, reportInBrowser } from './page-in-browser.js';

const TAPS = ['input', 'add_1', 'add_2'];
const NODES = 'figure[data-label-set="class"] g[data-tap]';
// Errors that are in no order, so that sorting has something to do.
const SIDE = [0.4, 0.05, 0.2].map((error, at) =>
  measurement({ tap: TAPS[at]!, depth: at, labelSet: 'side', test: metrics(error), features: 9 + at }),
);

/** The texts of a column of the first table, from above. */
async function column(page: Page, title: string): Promise<readonly string[]> {
  const table = page.locator('table').first();
  const at = (await table.locator('th').allTextContents()).indexOf(title);
  return await table.locator(`tbody tr td:nth-child(${at + 1})`).allTextContents();
}

/** How many elements of each tap are shown as picked. */
async function picked(page: Page): Promise<Readonly<Record<string, number>>> {
  const taps = await page
    .locator('.picked')
    .evaluateAll((all) => all.map((each) => each.getAttribute('data-tap') ?? ''));
  return Object.fromEntries(
    [...new Set(taps)].map((tap) => [tap, taps.filter((each) => each === tap).length]),
  );
}

describe.skipIf(BROWSER.isMissing)(`report.html in a browser${BROWSER.note}`, () => {
  const open = reportInBrowser((folder) =>
    writeResults(folder, {
      run: run({ labelSets: [labelSet(), labelSet({ name: 'side' })] }),
      ...{ topology, measurements: [...chain(TAPS), ...SIDE], predictions: [], weights: [] },
    }),
  );

  it('shows every tap in the network, in the plots and in the tables', async () => {
    const page = await open();
    for (const tap of TAPS) {
      expect(await page.locator(`${NODES}[data-tap="${tap}"]`).isVisible()).toBe(true);
      expect(await page.locator(`tr[data-tap="${tap}"]`).count()).toBeGreaterThan(1);
      expect(await page.locator(`path[data-tap="${tap}"]`).count()).toBeGreaterThan(3);
    }
  });

  it('says the value of a point, a cell and a node where they are pointed at', async () => {
    const page = await open();
    const titles = await page.locator('figure svg *[data-tap="add_1"] > title').allTextContents();
    expect(titles).toContain('add_1, test: 52.2 % (50.0 to 54.4)');
    expect(titles).toContainEqual(expect.stringMatching(/^add_1, label set class: error 52.2 %/));
    expect(titles).toContainEqual(expect.stringMatching(/^add_1 \(.*\ntest error 52.19 %/));
  });

  it('sorts a table by a column upwards, downwards and back, by mouse and by keyboard', async () => {
    const page = await open();
    const head = page
      .locator('table')
      .first()
      .locator('th', { hasText: /^test$/ });
    const given = await column(page, 'test');
    const upwards = given.toSorted((a, b) => Number(a) - Number(b));
    expect(upwards).not.toEqual(given);
    await head.getByRole('button').click();
    expect([await column(page, 'test'), await head.getAttribute('aria-sort')]).toEqual([
      upwards,
      'ascending',
    ]);
    await page.keyboard.press('Enter');
    expect([await column(page, 'test'), await head.getAttribute('aria-sort')]).toEqual([
      upwards.toReversed(),
      'descending',
    ]);
    await page.keyboard.press('Space');
    expect([await column(page, 'test'), await head.getAttribute('aria-sort')]).toEqual([given, null]);
  });

  it('sorts names by their letters, and their numbers as numbers', async () => {
    const page = await open();
    await page.locator('table').first().locator('th', { hasText: /^tap$/ }).getByRole('button').click();
    expect(await column(page, 'tap')).toEqual(['add_1', 'add_2', 'input']);
  });

  it('shows a tap that is clicked in the network everywhere, and lets go of it at a second click', async () => {
    const page = await open();
    const node = page.locator(`${NODES}[data-tap="add_1"]`);
    await node.click();
    expect(await picked(page)).toEqual({ add_1: await page.locator('[data-tap="add_1"]').count() });
    expect(await node.getAttribute('aria-pressed')).toBe('true');
    expect(await page.getByRole('status').textContent()).toBe(
      'add_1, error by label set: class: 52.19 %; side: 5.00 % (Escape lets go)',
    );
    await node.click();
    expect(await picked(page)).toEqual({});
    expect(await page.getByRole('status').isVisible()).toBe(false);
  });

  it.each(['path', 'tr'])('shows a tap that is clicked as %s everywhere', async (element) => {
    const page = await open();
    await page.locator(`${element}[data-tap="input"]`).first().click();
    expect(await page.locator(`${NODES}.picked`).getAttribute('data-tap')).toBe('input');
    expect(await page.locator('tr.picked').count()).toBeGreaterThan(1);
  });

  it('goes through a network by the arrow keys, picks by Enter and Space, and lets go by Escape', async () => {
    const page = await open();
    await page.locator(`${NODES}[data-tap="input"]`).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(Object.keys(await picked(page))).toEqual(['add_1']);
    await page.keyboard.press('End');
    await page.keyboard.press('Space');
    expect(Object.keys(await picked(page))).toEqual(['add_2']);
    await page.keyboard.press('Escape');
    expect(await picked(page)).toEqual({});
  });

  it('is one stop of the tab key in each network and table', async () => {
    const page = await open();
    expect(await page.locator(`${NODES}[tabindex="0"]`).count()).toBe(1);
    const taps = page.locator('table').first().locator('button.pick');
    expect(await taps.count()).toBe(3);
    expect(await taps.and(page.locator('[tabindex="0"]')).count()).toBe(1);
    // From the last heading the tab key comes to the taps, and from there out of the table.
    await page.locator('table').first().locator('th button').last().focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(Object.keys(await picked(page))).toEqual(['add_1']);
    await page.keyboard.press('Tab');
    expect(await page.locator('table').first().locator(':focus').count()).toBe(0);
  });

  it('shows the same without its script', async () => {
    const page = await open({ javaScriptEnabled: false });
    expect(await page.locator('table').first().locator('th').first().textContent()).toBe('tap');
    expect(await page.locator(NODES).count()).toBe(3);
    expect(await page.locator('.only-scripted').first().isVisible()).toBe(false);
  });

  it('fits a narrow screen: only wide tables and pictures scroll, by themselves', async () => {
    const page = await open({ viewport: { width: 390, height: 800 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });
});
