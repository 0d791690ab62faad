// Started by manifest.test.ts: waits until a moment, then makes a cache, and prints what happened.
import { createOrOpenCache } from '../../src/store/manifest.js';
import { smallManifest } from './small-cache.js';

const [directory, seed, moment] = process.argv.slice(2);
while (Date.now() < Number(moment)) {
  // Busy, so that all start at once.
}
try {
  process.stdout.write(await createOrOpenCache(directory!, smallManifest({ seed: Number(seed) })));
} catch (error) {
  process.stdout.write((error as Error).name);
}
