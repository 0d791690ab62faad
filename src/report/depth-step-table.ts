import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.js';
import type { ResampledDifference } from '../probe/resampled-difference.js';
import { rowsOf, type TableColumn, type TableRow, writeTable } from '../store/table.js';
import type { DepthStep } from './depth-steps.js';
import { fileExists } from './file-exists.js';
import { readRunTable } from './read-run-table.js';
import { replaceFile } from './replace-file.js';

/** The steps of a run: a row for each pair of probed taps that follow each other, label set by label set. */
export const DEPTH_STEPS_FILE = 'depth-steps.parquet';

/** Errors and their change are fractions. `p`: of the noise of the samples scored. */
const READ_COLUMNS: readonly TableColumn[] = [
  { name: 'label_set', type: 'utf8' },
  { name: 'from_tap', type: 'utf8' },
  { name: 'from_reduction', type: 'utf8' },
  { name: 'tap', type: 'utf8' },
  { name: 'reduction', type: 'utf8' },
  { name: 'split', type: 'utf8' },
  { name: 'samples', type: 'int32' },
  { name: 'newly_wrong', type: 'int32' },
  { name: 'newly_right', type: 'int32' },
  { name: 'change', type: 'double' },
  { name: 'change_low', type: 'double' },
  { name: 'change_high', type: 'double' },
  { name: 'p', type: 'double' },
  { name: 'p_holm', type: 'double' },
];

/**
 * `folds_`: the change over the folds of train, with the noise of the training sample; null without folds, and runs of
 * earlier versions lack them. `p_holm`: the larger of `p` and `folds_p`, after Holm's correction over all steps of the
 * label set.
 */
const FOLDS_COLUMNS: readonly TableColumn[] = ['change', 'change_low', 'change_high', 'p'].map((name) => ({
  ...{ name: `folds_${name}`, type: 'double', optional: true },
}));

/** Writes `depth-steps.parquet` into a run's directory, whole or not at all. */
export async function writeDepthSteps(directory: string, steps: readonly DepthStep[]): Promise<void> {
  await replaceFile(join(directory, DEPTH_STEPS_FILE), (temporary) =>
    writeTable(temporary, [...READ_COLUMNS, ...FOLDS_COLUMNS], steps.map(tableRow)),
  );
}

function tableRow({
  labelSet,
  from,
  to,
  interval,
  newlyWrong,
  newlyRight,
  adjustedP,
  folds,
  ...same
}: DepthStep): TableRow {
  return {
    ...same,
    label_set: labelSet,
    from_tap: from.tap,
    from_reduction: from.reduction,
    tap: to.tap,
    reduction: to.reduction,
    newly_wrong: newlyWrong,
    newly_right: newlyRight,
    change_low: interval.low,
    change_high: interval.high,
    p_holm: adjustedP,
    folds_change: folds?.change ?? null,
    folds_change_low: folds?.interval.low ?? null,
    folds_change_high: folds?.interval.high ?? null,
    folds_p: folds?.p ?? null,
  };
}

const optional = z.number().nullish();

const rowSchema = z.object({
  label_set: z.string(),
  from_tap: z.string(),
  from_reduction: z.string(),
  tap: z.string(),
  reduction: z.string(),
  split: z.enum(['valid', 'test']),
  samples: z.int(),
  newly_wrong: z.int(),
  newly_right: z.int(),
  change: z.number(),
  change_low: z.number(),
  change_high: z.number(),
  p: z.number(),
  p_holm: z.number(),
  folds_change: optional,
  folds_change_low: optional,
  folds_change_high: optional,
  folds_p: optional,
});

/**
 * Reads what {@link writeDepthSteps} wrote; nothing where the run is older than this file.
 *
 * @throws UserError when the file is no Parquet file, or lacks a column.
 */
export async function readDepthSteps(directory: string): Promise<readonly DepthStep[]> {
  const file = join(directory, DEPTH_STEPS_FILE);
  if (!(await fileExists(file))) return [];
  const table = await readRunTable(file, { what: 'steps', columns: READ_COLUMNS });
  try {
    return [...rowsOf(table)].map((row) => stepOf(rowSchema.parse(row)));
  } catch (error) {
    throw new UserError(`not the steps of a strata run: ${file}`, { cause: error });
  }
}

function stepOf(row: z.infer<typeof rowSchema>): DepthStep {
  return {
    labelSet: row.label_set,
    from: { tap: row.from_tap, reduction: row.from_reduction },
    to: { tap: row.tap, reduction: row.reduction },
    split: row.split,
    samples: row.samples,
    newlyWrong: row.newly_wrong,
    newlyRight: row.newly_right,
    change: row.change,
    interval: { low: row.change_low, high: row.change_high },
    p: row.p,
    folds: foldsOf(row),
    adjustedP: row.p_holm,
  };
}

function foldsOf(row: z.infer<typeof rowSchema>): ResampledDifference | null {
  const { folds_change: change, folds_change_low: low, folds_change_high: high, folds_p: p } = row;
  if (change == null || low == null || high == null || p == null) return null;
  return { change, interval: { low, high }, p };
}
