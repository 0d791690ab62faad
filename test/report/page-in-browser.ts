import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { findChromium } from '../../scripts/setup/find-chromium.js';

const found = findChromium();

/** Whether there is a browser, and what the title of tests says where there is none. */
export const BROWSER = {
  isMissing: found === undefined,
  note: found === undefined ? ' (skipped: no Chromium on the path, and CHROMIUM names none)' : '',
} as const;

/** For machines that are busy; none of it is waited for where all is well. */
const PATIENCE_MS = 100_000;

/**
 * A browser, and a folder with a report, for the tests of one `describe`. Each page that a test opens must load without a
 * message in the console, and ask for nothing but itself.
 *
 * @param write - writes the report into the folder.
 */
export function reportInBrowser(write: (folder: string) => Promise<unknown>) {
  let browser: Browser | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'strata-page-'));
  const url = pathToFileURL(join(folder, 'report.html')).href;
  const problems: string[] = [];
  const requests: string[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    await write(folder);
    const { path, environment } = found!;
    browser = await chromium.launch({
      executablePath: path,
      timeout: PATIENCE_MS,
      env: { ...process.env, ...environment },
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    expect(problems.splice(0)).toEqual([]);
    expect(new Set(requests.splice(0))).toEqual(new Set([url]));
  });

  /** Opens the report in a page of its own; with the clock `by hand`, time passes there only where the test says so. */
  return async (
    options: BrowserContextOptions = {},
    clock: 'running' | 'by hand' = 'running',
  ): Promise<Page> => {
    const page = await (await browser!.newContext(options)).newPage();
    pages.push(page);
    page.setDefaultTimeout(PATIENCE_MS);
    if (clock === 'by hand') await page.clock.install();
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(url);
    return page;
  };
}
