import { z } from 'zod';
import { UserError } from '../errors.js';
import { intervalsOf } from '../probe/error-interval.js';
import type { ErrorSpread, Measurement, ProbeMetrics } from '../probe/measurement.js';
import { PROBE_KINDS } from '../probe/probe-kind.js';
import { SPLITS, type Split } from '../split.js';
import { rowsOf, type TableColumn, type TableRow, writeTable } from '../store/table.js';
import { readRunTable } from './read-run-table.js';
import { replaceFile } from './replace-file.js';
import type { LabelSetRecord } from './run-record.js';

/** The table of a run: a row for each probe. */
export const MEASUREMENTS_FILE = 'measurements.parquet';

/** Errors over several probes, each a group of columns that are null where there is one probe alone. */
const SPREADS = ['folds', 'seeds'] as const;

/** What is read back. */
const READ_COLUMNS: readonly TableColumn[] = [
  { name: 'tap', type: 'utf8' },
  { name: 'depth', type: 'int32' },
  { name: 'shape', type: 'utf8' },
  { name: 'reduction', type: 'utf8' },
  { name: 'features', type: 'int32' },
  { name: 'used_features', type: 'int32' },
  { name: 'label_set', type: 'utf8' },
  { name: 'classes', type: 'int32' },
  { name: 'probe', type: 'utf8' },
  { name: 'l2', type: 'double' },
  { name: 'seed', type: 'int64' },
  { name: 'selected', type: 'boolean' },
  ...SPLITS.flatMap(splitColumns),
  ...SPREADS.flatMap(spreadColumns),
  { name: 'loo_error', type: 'double', optional: true },
  { name: 'loo_loss', type: 'double', optional: true },
  { name: 'optimality_gap', type: 'double' },
  { name: 'learning_rate', type: 'double', optional: true },
  { name: 'epoch', type: 'int32', optional: true },
  { name: 'converged', type: 'boolean' },
  { name: 'passes', type: 'int32' },
  { name: 'seconds', type: 'double' },
];

/** The errors on the folds, as a JSON list; runs of earlier versions do not have it. */
const FOLD_ERRORS: TableColumn = { name: 'fold_errors', type: 'utf8', optional: true };

/** The splits whose errors have 95 % intervals: not train, which the probes were fitted to. */
const INTERVAL_SPLITS = ['valid', 'test'] as const;

/**
 * The columns of `measurements.parquet`. The last ones are not read back, and runs of earlier versions lack some: among how
 * many probes each was selected, the ends
 * of the 95 % interval (see `errorInterval`) of each error and top-5 error, and the chance level (see `chanceOf`).
 */
export const MEASUREMENT_COLUMNS: readonly TableColumn[] = [
  ...READ_COLUMNS,
  { name: 'candidates', type: 'int32' },
  FOLD_ERRORS,
  ...INTERVAL_SPLITS.flatMap((split) =>
    [`${split}_error`, `${split}_top5_error`].flatMap((name) => [
      { name: `${name}_low`, type: 'double' as const, optional: true },
      { name: `${name}_high`, type: 'double' as const, optional: true },
    ]),
  ),
  ...INTERVAL_SPLITS.flatMap((split) =>
    ['error', 'loss'].map((name) => ({
      ...{ name: `${split}_chance_${name}`, type: 'double' as const, optional: true },
    })),
  ),
];

function spreadColumns(name: (typeof SPREADS)[number]): readonly TableColumn[] {
  return [
    { name, type: 'int32', optional: true },
    { name: `${name}_error_mean`, type: 'double', optional: true },
    { name: `${name}_error_sd`, type: 'double', optional: true },
  ];
}

function splitColumns(split: Split): readonly TableColumn[] {
  const optional = split === 'test';
  return [
    { name: `${split}_samples`, type: 'int32', optional },
    { name: `${split}_loss`, type: 'double', optional },
    { name: `${split}_error`, type: 'double', optional },
    { name: `${split}_top5_error`, type: 'double', optional: true },
    { name: `${split}_calibration_error`, type: 'double', optional },
  ];
}

/** Of a label set what its rows state besides: the chance level. */
export type ChanceRecord = Pick<LabelSetRecord, 'name' | 'chance'>;

/** Writes `measurements.parquet`, a row for each measurement in the order given, whole or not at all. */
export async function writeMeasurements(
  path: string,
  measurements: readonly Measurement[],
  labelSets: readonly ChanceRecord[] = [],
): Promise<void> {
  await replaceFile(path, (temporary) =>
    writeTable(
      temporary,
      MEASUREMENT_COLUMNS,
      measurements.map((row) => measurementRow(row, labelSets)),
    ),
  );
}

/** A measurement as a row of {@link MEASUREMENT_COLUMNS}; without a chance level where its label set is not given. */
export function measurementRow(measurement: Measurement, labelSets: readonly ChanceRecord[]): TableRow {
  const { usedFeatures, labelSet, optimalityGap, learningRate, train, valid, test, ...rest } = measurement;
  const { folds, foldErrors, seeds, leaveOneOut, ...same } = rest;
  return {
    ...same,
    used_features: usedFeatures,
    label_set: labelSet,
    loo_error: leaveOneOut?.error ?? null,
    loo_loss: leaveOneOut?.loss ?? null,
    optimality_gap: optimalityGap,
    learning_rate: learningRate,
    ...splitValues('train', train),
    ...splitValues('valid', valid),
    ...splitValues('test', test),
    ...intervalValues('valid', valid),
    ...intervalValues('test', test),
    ...chanceValues(labelSets.find(({ name }) => name === labelSet)),
    ...spreadValues('folds', folds),
    ...spreadValues('seeds', seeds),
    fold_errors: foldErrors.length === 0 ? null : JSON.stringify(foldErrors),
  };
}

function spreadValues(name: (typeof SPREADS)[number], spread: ErrorSpread | null): TableRow {
  return {
    [name]: spread?.count ?? null,
    [`${name}_error_mean`]: spread?.errorMean ?? null,
    [`${name}_error_sd`]: spread?.errorSd ?? null,
  };
}

function intervalValues(split: (typeof INTERVAL_SPLITS)[number], metrics: ProbeMetrics | null): TableRow {
  const { error, top5 } = intervalsOf(metrics);
  return {
    [`${split}_error_low`]: error?.low ?? null,
    [`${split}_error_high`]: error?.high ?? null,
    [`${split}_top5_error_low`]: top5?.low ?? null,
    [`${split}_top5_error_high`]: top5?.high ?? null,
  };
}

function chanceValues(record: ChanceRecord | undefined): TableRow {
  const { valid = null, test = null } = record?.chance ?? {};
  return {
    valid_chance_error: valid?.error ?? null,
    valid_chance_loss: valid?.loss ?? null,
    test_chance_error: test?.error ?? null,
    test_chance_loss: test?.loss ?? null,
  };
}

function splitValues(split: Split, metrics: ProbeMetrics | null): TableRow {
  return {
    [`${split}_samples`]: metrics?.samples ?? null,
    [`${split}_loss`]: metrics?.loss ?? null,
    [`${split}_error`]: metrics?.error ?? null,
    [`${split}_top5_error`]: metrics?.top5Error ?? null,
    [`${split}_calibration_error`]: metrics?.calibrationError ?? null,
  };
}

/**
 * Reads what {@link writeMeasurements} wrote.
 *
 * @throws UserError when the file is missing, is no Parquet file, or lacks a column.
 */
export async function readMeasurements(path: string): Promise<readonly Measurement[]> {
  const table = await readRunTable(path, { what: 'measurements', columns: READ_COLUMNS });
  try {
    const rows = [...rowsOf(table)];
    const counted = withCandidates(rows.map(measurementOf));
    return counted.map((own, at) => ({ ...own, candidates: candidatesOf(rows[at]!) ?? own.candidates }));
  } catch (error) {
    throw new UserError(`not the measurements of a strata run: ${path}`, { cause: error });
  }
}

function candidatesOf({ candidates }: TableRow): number | undefined {
  return typeof candidates === 'number' ? candidates : undefined;
}

/** What runs of earlier versions do not say. */
function withCandidates(rows: readonly Omit<Measurement, 'candidates'>[]): readonly Measurement[] {
  const key = ({ tap, reduction, labelSet }: Omit<Measurement, 'candidates'>) =>
    JSON.stringify([tap, reduction, labelSet]);
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  return rows.map((row) => ({ ...row, candidates: counts.get(key(row))! }));
}

// Infinite gaps and losses are results, not mistakes: z.number() would refuse them.
const real = z.custom<number>((value) => typeof value === 'number', 'expected a number');

const rowSchema = z.object({
  tap: z.string(),
  depth: z.int(),
  shape: z.string(),
  reduction: z.string(),
  features: z.int(),
  used_features: z.int(),
  label_set: z.string(),
  classes: z.int(),
  probe: z.enum(PROBE_KINDS),
  l2: real,
  seed: z.int(),
  selected: z.boolean(),
  loo_error: real.nullable(),
  loo_loss: real.nullable(),
  optimality_gap: real,
  learning_rate: real.nullable(),
  epoch: z.int().nullable(),
  converged: z.boolean(),
  passes: z.int(),
  seconds: real,
});

const metricsSchema = z.object({
  samples: z.int(),
  loss: real,
  error: real,
  top5Error: real.nullable(),
  calibrationError: real,
});

function measurementOf(row: TableRow): Omit<Measurement, 'candidates'> {
  const { used_features, label_set, loo_error, loo_loss, optimality_gap, learning_rate, ...same } =
    rowSchema.parse(row);
  return {
    ...same,
    usedFeatures: used_features,
    labelSet: label_set,
    train: metricsOf(row, 'train'),
    valid: metricsOf(row, 'valid'),
    test: row.test_samples === null ? null : metricsOf(row, 'test'),
    folds: spreadOf(row, 'folds'),
    foldErrors: foldErrorsOf(row),
    seeds: spreadOf(row, 'seeds'),
    leaveOneOut: loo_error === null || loo_loss === null ? null : { error: loo_error, loss: loo_loss },
    optimalityGap: optimality_gap,
    learningRate: learning_rate,
  };
}

const spreadSchema = z.object({ count: z.int(), errorMean: real, errorSd: real });

function spreadOf(row: TableRow, name: (typeof SPREADS)[number]): ErrorSpread | null {
  if (row[name] === null) return null;
  return spreadSchema.parse({
    count: row[name],
    errorMean: row[`${name}_error_mean`],
    errorSd: row[`${name}_error_sd`],
  });
}

function foldErrorsOf({ fold_errors: text }: TableRow): readonly number[] {
  return typeof text === 'string' ? z.array(z.number()).parse(JSON.parse(text)) : [];
}

function metricsOf(row: TableRow, split: Split): ProbeMetrics {
  return metricsSchema.parse({
    samples: row[`${split}_samples`],
    loss: row[`${split}_loss`],
    error: row[`${split}_error`],
    top5Error: row[`${split}_top5_error`],
    calibrationError: row[`${split}_calibration_error`],
  });
}
