import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measurement, ProbeWeights } from '../probe/measurement.js';
import { MEASUREMENTS_FILE, writeMeasurements } from './measurements.js';
import { type PredictionSource, writePredictions } from './predictions.js';
import { RUN_FILE, type RunRecord, writeRunRecord } from './run-record.js';
import { writeProbes } from './write-probes.js';
import { writeReport } from './write-report.js';

/** Everything a run leaves behind. */
export interface Results {
  readonly run: RunRecord;
  readonly measurements: readonly Measurement[];
  readonly predictions: PredictionSource;
  readonly weights: readonly ProbeWeights[];
}

/**
 * Writes the results of a run into its directory, which is made where it is missing, and the report.
 * `run.json` goes first and comes back after the tables: a directory that has it is complete.
 *
 * @returns the paths of the files.
 */
export async function writeResults(
  runDirectory: string,
  { run, measurements, predictions, weights }: Results,
): Promise<readonly string[]> {
  await mkdir(runDirectory, { recursive: true });
  await rm(join(runDirectory, RUN_FILE), { force: true });
  const file = (name: string) => join(runDirectory, name);
  await writeMeasurements(file(MEASUREMENTS_FILE), measurements);
  await writePredictions(file('predictions.parquet'), predictions);
  await writeProbes(file('probes.safetensors'), weights);
  const runFile = await writeRunRecord(runDirectory, run);
  const tables = [file(MEASUREMENTS_FILE), file('predictions.parquet'), file('probes.safetensors')];
  return [...tables, runFile, ...(await writeReport(runDirectory))];
}
