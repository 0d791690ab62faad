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

/** The error for a block that holds a NaN or an infinity; `start` is the row of the split that it begins with. */
export function nonFiniteFeature(options: {
  readonly column: ColumnLabel;
  readonly split: Split;
  readonly source: FeatureSource;
  readonly block: FeatureBlock;
  readonly start: number;
}): UserError {
  const { column, split, source, block, start } = options;
  const values = widened(block);
  const at = values.findIndex((value) => !Number.isFinite(value));
  const row = start + Math.floor(at / source.features);
  return new UserError(
    `feature not finite: ${values[at]} in ${columnText(column)}, ${split} row ${row}, ` +
      `feature ${at % source.features} (a probe needs finite numbers: check the model and its preprocessing, ` +
      'or leave this tap out)',
  );
}
