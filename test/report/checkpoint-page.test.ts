import { mkdir } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { writeCheckpointReport } from '../../src/report/checkpoint-report.js';
import { exampleCheckpoints } from './example-checkpoints.js';
import { topology } from './example-run.js';
import { BROWSER, reportInBrowser } from './page-in-browser.js';

const STILL = { reducedMotion: 'reduce' } as const;
const MOVING = { reducedMotion: 'no-preference' } as const;
const TAPS = ['input', 'add_1', 'add_2'];

/** What the picture shows: the label of its time and the errors, in the order of the drawing. */
async function shown(page: Page): Promise<readonly string[]> {
  const frames = page.locator('figure.playable g[data-frame]:visible');
  return await frames.evaluateAll((all) =>
    all.map((each) => each.querySelector('text:last-of-type')!.textContent!),
  );
}

function player(page: Page) {
  const all = page.locator('figure.playable').first();
  return {
    button: all.locator('.player button'),
    slider: all.getByRole('slider', { name: 'frame' }),
    label: all.locator('output'),
  };
}

describe.skipIf(BROWSER.isMissing)(`report.html of checkpoints in a browser${BROWSER.note}`, () => {
  const made = exampleCheckpoints({
    taps: TAPS,
    steps: [0, 100, 500],
    error: (tap, step) => 0.6 - 0.1 * tap * step,
  });
  const results = made.results.map((result) => ({ ...result, topology }));
  const open = reportInBrowser(async (folder) => {
    await mkdir(folder, { recursive: true });
    await writeCheckpointReport(folder, { ...made, results });
  });

  it('plays the checkpoints one after the other, over and over, until it is told to pause', async () => {
    const page = await open(MOVING, 'by hand');
    const { button, label } = player(page);
    expect([await label.textContent(), await button.textContent()]).toEqual(['step 500', 'Pause']);
    for (const step of [0, 100, 500, 0]) {
      await page.clock.runFor(1500);
      expect(await label.textContent()).toBe(`step ${step}`);
      expect((await shown(page))[0]).toBe(`step ${step}`);
    }
    await button.click();
    await page.clock.runFor(6000);
    expect([await label.textContent(), await button.textContent()]).toEqual(['step 0', 'Play']);
  });

  it('stands still at the last checkpoint for readers who ask for less motion, until they start it', async () => {
    const page = await open(STILL, 'by hand');
    const { button, label } = player(page);
    await page.clock.runFor(6000);
    expect(await shown(page)).toEqual(['step 500', '60.00 %', '40.00 %', '20.00 %']);
    await button.press('Enter');
    await page.clock.runFor(1500);
    expect(await label.textContent()).toBe('step 0');
  });

  it('goes from checkpoint to checkpoint by the arrow keys on its slider', async () => {
    const page = await open(MOVING);
    const { button, slider } = player(page);
    await slider.focus();
    await page.keyboard.press('Home');
    expect(await slider.getAttribute('aria-valuetext')).toBe('step 0');
    expect(await button.textContent()).toBe('Play');
    await page.keyboard.press('ArrowRight');
    expect(await shown(page)).toEqual(['step 100', '60.00 %', '50.00 %', '40.00 %']);
  });

  it('shows a tap that is picked as a line by step in the network, in the points by depth and in the table', async () => {
    const page = await open(STILL);
    for (const tap of TAPS)
      expect(await page.locator(`figure.playable g[data-tap="${tap}"]`).count()).toBe(1);
    await page.locator('path[data-tap="add_1"]:not([fill])').first().dispatchEvent('click');
    expect(await page.locator('figure.playable .picked').getAttribute('data-tap')).toBe('add_1');
    expect(await page.locator('tr.picked').count()).toBe(1);
    expect(await page.locator('path.picked[aria-label^="add_1, step 100: "]').count()).toBeGreaterThan(0);
    expect(await page.locator('.picked-bar').textContent()).toBe(
      'add_1, error by label set: class: step 0 60.00 %, step 100 50.00 %, step 500 40.00 % (Escape lets go)',
    );
    expect(await page.locator('[data-tap="network itself"]').count()).toBe(0);
  });

  it('shows the last checkpoint without its script where less motion is asked for', async () => {
    const page = await open({ ...STILL, javaScriptEnabled: false });
    expect(await page.locator('.player').count()).toBe(0);
    expect(await page.getByText('step 500', { exact: true }).first().isVisible()).toBe(true);
  });
});
