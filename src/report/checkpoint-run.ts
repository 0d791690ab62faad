import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Checkpoint } from '../checkpoint.js';
import { messageOf, UserError } from '../errors.js';
import type { Measurement } from '../probe/measurement.js';
import { readTopology, type Topology } from '../store/topology.js';
import { readDepthSteps } from './depth-step-table.js';
import type { DepthStep } from './depth-steps.js';
import { MEASUREMENTS_FILE, readMeasurements } from './measurements.js';
import { replaceText } from './replace-file.js';
import { type RunRecord, readRunRecord } from './run-record.js';

/** The file that makes a folder the run of several checkpoints: which they are. Written last. */
export const CHECKPOINTS_FILE = 'checkpoints.json';

const checkpointSchema = z.object({
  /** Where its own run lies in the folder: `step=100`, `seed=1/step=100`. */
  folder: z.string(),
  step: z.int().nullable(),
  modelSeed: z.int().nullable(),
  /** The short name of its model. */
  model: z.string(),
});

const recordSchema = z.object({
  strataVersion: z.string(),
  /** The folder of their caches. */
  cache: z.string(),
  dataset: z.string(),
  /** The name of the network that they are checkpoints of. */
  network: z.string(),
  /** By seed, then by step. */
  checkpoints: z.array(checkpointSchema).min(1),
});

/** `checkpoints.json`: which checkpoints a run holds; everything else is in the run of each. */
export type CheckpointsRecord = z.infer<typeof recordSchema>;

/** One checkpoint with its run. */
export interface CheckpointResult extends Checkpoint {
  readonly folder: string;
  readonly model: string;
  readonly run: RunRecord;
  readonly measurements: readonly Measurement[];
  /** Empty in runs of earlier versions. */
  readonly steps: readonly DepthStep[];
  /** The network as a graph; undefined in runs of earlier versions. */
  readonly topology: Topology | undefined;
}

/** The run of several checkpoints, read into memory. */
export interface CheckpointRun {
  readonly record: CheckpointsRecord;
  readonly results: readonly CheckpointResult[];
}

/** Writes `checkpoints.json`, whole or not at all. */
export async function writeCheckpointsRecord(directory: string, record: CheckpointsRecord): Promise<void> {
  const text = `${JSON.stringify(recordSchema.parse(record), null, 2)}\n`;
  await replaceText(join(directory, CHECKPOINTS_FILE), text);
}

/**
 * Reads `checkpoints.json`; undefined for a folder without one, which is no run of several checkpoints.
 *
 * @throws UserError when the file is not one that strata wrote.
 */
export async function readCheckpointsRecord(directory: string): Promise<CheckpointsRecord | undefined> {
  const file = join(directory, CHECKPOINTS_FILE);
  try {
    return recordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new UserError(`not a strata run: ${file}: ${problem.replaceAll('\n', ' ')}`, { cause: error });
  }
}

/**
 * Reads the run of every checkpoint in a folder.
 *
 * @throws UserError when one of them is missing or is none that strata wrote.
 */
export async function readCheckpointRun(
  directory: string,
  record: CheckpointsRecord,
): Promise<CheckpointRun> {
  const results: CheckpointResult[] = [];
  for (const checkpoint of record.checkpoints) {
    const own = join(directory, checkpoint.folder);
    const run = await readRunRecord(own);
    const measurements = await readMeasurements(join(own, MEASUREMENTS_FILE));
    const steps = await readDepthSteps(own);
    results.push({ ...checkpoint, run, measurements, steps, topology: await readTopology(own) });
  }
  return { record, results };
}
