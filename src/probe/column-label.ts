import { UserError } from '../errors.js';
import type { FeatureBlock, FeatureSource } from '../read/feature-source.js';
import { widened } from '../read/shard-block.js';
import type { Split } from '../split.js';

/** The column that a message is about. */
export interface ColumnLabel {
  readonly tap: string;
  readonly reduction: string;
}

/** `tap add_5, reduction average-pool`, for messages. */
export function columnText({ tap, reduction }: ColumnLabel): string {
  return `tap ${tap}, reduction ${reduction}`;
}

/**
 * The error for a block that holds a NaN, an infinity, or a number that float32 cannot standardise; `start` is the row of
 * the split that it begins with.
 */
export function nonFiniteFeature(options: {
  readonly column: ColumnLabel;
  readonly split: Split;
  readonly source: FeatureSource;
  readonly block: FeatureBlock;
  readonly start: number;
}): UserError {
  const { column, split, source, block, start } = options;
  const values = widened(block);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  const at = wrong < 0 ? furthest(values) : wrong;
  const what = wrong < 0 ? 'feature beyond float32 once standardised' : 'feature not finite';
  const row = start + Math.floor(at / source.features);
  return new UserError(
    `${what}: ${values[at]} in ${columnText(column)}, ${split} row ${row}, ` +
      `feature ${at % source.features} (a probe needs finite numbers: check the model and its preprocessing, ` +
      'or leave this tap out)',
  );
}

function furthest(values: Float32Array): number {
  return values.reduce((best, value, at) => (Math.abs(value) > Math.abs(values[best]!) ? at : best), 0);
}
