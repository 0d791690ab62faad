import type { Checkpoint } from '../checkpoint.js';
import type { Measurement } from '../probe/measurement.js';
import { type TableColumn, writeTable } from '../store/table.js';
import type { CheckpointResult } from './checkpoint-run.js';
import { type ChanceRecord, MEASUREMENT_COLUMNS, measurementRow } from './measurements.js';
import { replaceFile } from './replace-file.js';

/** A measurement and the checkpoint that it is of. */
export interface CheckpointMeasurement extends Checkpoint {
  /** The folder of the checkpoint's own run: `step=100`. */
  readonly checkpoint: string;
  readonly measurement: Measurement;
  readonly labelSets: readonly ChanceRecord[];
}

const COLUMNS: readonly TableColumn[] = [
  { name: 'checkpoint', type: 'utf8' },
  { name: 'step', type: 'int64', optional: true },
  { name: 'model_seed', type: 'int64', optional: true },
  ...MEASUREMENT_COLUMNS,
];

/** The measurements of all checkpoints, in their order. */
export function rowsOfCheckpoints(results: readonly CheckpointResult[]): readonly CheckpointMeasurement[] {
  return results.flatMap(({ folder, step, modelSeed, measurements, run: { labelSets } }) =>
    measurements.map((measurement) => ({ checkpoint: folder, step, modelSeed, measurement, labelSets })),
  );
}

/**
 * Writes the `measurements.parquet` of several checkpoints, whole or not at all: the columns `checkpoint`, `step` and
 * `model_seed`, and those of each checkpoint's own.
 */
export async function writeCheckpointMeasurements(
  path: string,
  rows: readonly CheckpointMeasurement[],
): Promise<void> {
  const table = rows.map(({ checkpoint, step, modelSeed, measurement, labelSets }) => ({
    checkpoint,
    step,
    model_seed: modelSeed,
    ...measurementRow(measurement, labelSets),
  }));
  await replaceFile(path, (temporary) => writeTable(temporary, COLUMNS, table));
}
