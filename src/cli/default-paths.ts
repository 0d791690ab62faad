import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The embedded model: a small residual network trained on glyphs (`make train-glyphnet`). */
export const EMBEDDED_MODEL = fileURLToPath(new URL('../../data/models/glyphnet', import.meta.url));

/** The embedded data set. */
export const EMBEDDED_DATASET = 'glyphs';

/** Where caches lie unless `--cache` says otherwise. */
export const CACHE_ROOT = join('data', 'cache');

/** Where runs lie unless `--out` says otherwise. */
export const RUN_ROOT = join('data', 'runs');

/** `data/cache/glyphs-glyphnet`: one cache for each data set and model. */
export function defaultCache(dataset: string, model: string): string {
  return join(CACHE_ROOT, `${dataset}-${model}`);
}

/** The run of a cache: `data/runs/glyphs-glyphnet`. */
export function defaultRun(cache: string): string {
  return join(RUN_ROOT, basename(cache));
}
