import { messageOf } from '../../src/errors.js';
import { fetchChromium } from './fetch-chromium.js';
import { findChromium } from './find-chromium.js';

// The page's tests need a browser. Where there is none they skip, so what goes wrong here is told and no more.
if (findChromium() === undefined) {
  console.error('set-up: a headless Chromium for the tests (70 MB, once for all clones)');
  try {
    await fetchChromium();
  } catch (error) {
    console.error(`set-up: the tests that need a browser will skip: ${messageOf(error)}`);
  }
}
