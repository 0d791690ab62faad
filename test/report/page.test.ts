import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from '../../scripts/setup/find-chromium.js';
import { writeResults } from '../../src/report/report.js';
import { chain, labelSet, measurement, metrics, run, topology } from './example-run.js';

const executablePath = findChromium();
const TAPS = ['input', 'add_1', 'add_2'];
const NODES = 'figure[data-label-set="class"] g[data-tap]';

/** The texts of a column of the first table. */
async function column(page: Page, at: number): Promise<readonly string[]> {
  return await page.locator('table').first().locator(`tbody tr td:nth-child(${at})`).allTextContents();
}

/** The names of the elements that are shown as picked: the tap and how many. */
async function picked(page: Page): Promise<Readonly<Record<string, number>>> {
  const taps = await page
    .locator('.picked')
    .evaluateAll((all) => all.map((each) => each.getAttribute('data-tap') ?? ''));
  return Object.fromEntries(
    [...new Set(taps)].map((tap) => [tap, taps.filter((each) => each === tap).length]),
  );
}

describe.skipIf(executablePath === undefined)(
  `report.html in a browser${executablePath === undefined ? ' (skipped: no Chromium on the path; STRATA_CHROMIUM names one)' : ''}`,
  () => {
    let browser: Browser;
    let folder: string;
    let page: Page;
    const problems: string[] = [];
    const requests: string[] = [];

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'strata-page-'));
      const labelSets = [labelSet(), labelSet({ name: 'side' })];
      // Errors that are in no order, so that sorting has something to do.
      const other = [0.4, 0.05, 0.2].map((error, at) =>
        measurement({
          ...{ tap: TAPS[at]!, depth: at, labelSet: 'side' },
          test: metrics(error),
          features: 9 + at,
        }),
      );
      const measurements = [...chain(TAPS), ...other];
      await writeResults(folder, {
        run: run({ labelSets }),
        topology,
        measurements,
        predictions: [],
        weights: [],
      });
      browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    });
    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true, force: true });
    });
    beforeEach(async () => {
      page = await browser.newPage();
      problems.length = 0;
      requests.length = 0;
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
      });
      page.on('pageerror', ({ message }) => problems.push(message));
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(pathToFileURL(join(folder, 'report.html')).href);
    });
    afterEach(async () => {
      await page.close();
      expect(problems).toEqual([]);
      expect(requests).toEqual([pathToFileURL(join(folder, 'report.html')).href]);
    });

    it('shows every tap in the network, in the plots and in the tables, and asks for nothing else', async () => {
      for (const tap of TAPS) {
        await expect(page.locator(`${NODES}[data-tap="${tap}"]`).count()).resolves.toBe(1);
        await expect(page.locator(`tr[data-tap="${tap}"]`).count()).resolves.toBeGreaterThan(1);
        await expect(page.locator(`path[data-tap="${tap}"]`).count()).resolves.toBeGreaterThan(3);
      }
      expect(await page.locator('figure').first().boundingBox()).not.toBeNull();
    });

    it('sorts a table by a column upwards, downwards and back, by mouse and by keyboard', async () => {
      const table = page.locator('table').first();
      const head = table.locator('th', { hasText: /^test$/ });
      const at = 1 + (await table.locator('th').allTextContents()).indexOf('test');
      const given = await column(page, at);
      const upwards = given.toSorted((a, b) => Number(a) - Number(b));
      expect(upwards).not.toEqual(given);
      await head.getByRole('button').click();
      expect([await column(page, at), await head.getAttribute('aria-sort')]).toEqual([upwards, 'ascending']);
      await page.keyboard.press('Enter');
      expect([await column(page, at), await head.getAttribute('aria-sort')]).toEqual([
        upwards.toReversed(),
        'descending',
      ]);
      await page.keyboard.press('Space');
      expect([await column(page, at), await head.getAttribute('aria-sort')]).toEqual([given, null]);
    });

    it('sorts names as a person does', async () => {
      await page.locator('table').first().locator('th', { hasText: /^tap$/ }).getByRole('button').click();
      expect(await column(page, 1)).toEqual(['add_1', 'add_2', 'input']);
    });

    it('shows a tap that is clicked in the network everywhere, and lets go of it at a second click', async () => {
      const node = page.locator(`${NODES}[data-tap="add_1"]`);
      await node.click();
      const shown = await picked(page);
      expect(Object.keys(shown)).toEqual(['add_1']);
      expect(shown).toEqual({ add_1: await page.locator('[data-tap="add_1"]').count() });
      expect(await node.getAttribute('aria-pressed')).toBe('true');
      expect(await page.locator('.picked-bar').textContent()).toMatch(
        /^add_1: class \S+ %, side 5.00 % \(Escape lets go\)$/,
      );
      await node.click();
      expect(await picked(page)).toEqual({});
      expect(await page.locator('.picked-bar').isVisible()).toBe(false);
    });

    it.each(['path', 'tr'])('shows a tap that is clicked as %s everywhere', async (element) => {
      await page.locator(`${element}[data-tap="input"]`).first().click();
      expect(await page.locator(`${NODES}.picked`).getAttribute('data-tap')).toBe('input');
      expect(await page.locator('tr.picked').count()).toBeGreaterThan(1);
    });

    it('goes through a network by the arrow keys, picks by Enter and Space, and lets go by Escape', async () => {
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
      expect(await page.locator(`${NODES}[tabindex="0"]`).count()).toBe(1);
      const pick = page.locator('table').first().locator('button.pick');
      expect(await pick.count()).toBe(3);
      expect(await pick.and(page.locator('[tabindex="0"]')).count()).toBe(1);
      await pick.first().focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      expect(Object.keys(await picked(page))).toEqual(['add_1']);
    });

    it('shows the same without its script', async () => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const plain = await context.newPage();
      await plain.goto(pathToFileURL(join(folder, 'report.html')).href);
      expect(await plain.locator('table').first().locator('th').first().textContent()).toBe('tap');
      expect(await plain.locator(NODES).count()).toBe(3);
      expect(await plain.locator('.only-scripted').first().isVisible()).toBe(false);
      await context.close();
    });
  },
);
