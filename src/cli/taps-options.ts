import type { InferredOptionTypes } from 'yargs';
import { MODEL_OPTIONS } from './extract-options.js';
import { commaList } from './options.js';
import { SHARED_OPTIONS } from './shared-options.js';

/** Every option of `strata taps`. */
export const TAPS_OPTIONS = {
  taps: { describe: 'Only these: names, globs, kinds, paper or all', coerce: commaList, requiresArg: true },
  ...MODEL_OPTIONS,
  backend: SHARED_OPTIONS.backend,
  json: SHARED_OPTIONS.json,
  config: SHARED_OPTIONS.config,
} as const;

/** The parsed options of `strata taps`. */
export type TapsValues = InferredOptionTypes<typeof TAPS_OPTIONS> & { readonly model: string | undefined };
