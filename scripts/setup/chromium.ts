import { join } from 'node:path';
import { messageOf } from '../../src/errors.js';
import { fetchChromium } from './fetch-chromium.js';
import { chromiumFolder, findChromium } from './find-chromium.js';
import { folderProblem } from './sealed-folder.js';

const found = findChromium();
const isFetched = found?.path === join(chromiumFolder(), 'chromium');
const damage = isFetched ? await folderProblem(chromiumFolder(), 'content') : undefined;
if (damage !== undefined) console.error(`set-up: made anew, as it is damaged: ${damage}`);

// The page's tests need a browser. Where there is none they skip, so what goes wrong here is told and no more.
if (found === undefined || damage !== undefined) {
  console.error('set-up: a headless Chromium for the tests (70 MB, once for all clones)');
  try {
    await fetchChromium();
  } catch (error) {
    console.error(`set-up: the tests that need a browser will skip: ${messageOf(error)}`);
  }
}
