import { join } from 'node:path';
import { checkpointText } from '../checkpoint.js';
import { writeCheckpointReport } from '../report/checkpoint-report.js';
import {
  type CheckpointsRecord,
  readCheckpointRun,
  writeCheckpointsRecord,
} from '../report/checkpoint-run.js';
import { checkpointDeadSegments } from '../report/dead-segment-report.js';
import { leftOut } from '../report/run-facts.js';
import { runWarnings } from '../report/run-warnings.js';
import { addedStages, StageClock, type StageTime } from '../stage-clock.js';
import { requireComparable } from '../store/comparable-caches.js';
import type { CheckpointCache } from '../store/find-caches.js';
import { requireSameTopology } from '../store/same-topology.js';
import { checkCheckpointsOut, checkOut } from './check-out.js';
import { type ProbeTools, probeCache } from './probe-cache.js';
import { openInputs, type ProbeInputs } from './probe-inputs.js';
import type { ProbeValues } from './probe-options.js';
import { checkpointsJson, checkpointsText } from './result-text.js';
import { terminal } from './terminal.js';
import { version } from './version.js';

/** A checkpoint whose cache is open. */
export interface OpenCheckpoint {
  readonly checkpoint: CheckpointCache;
  readonly inputs: ProbeInputs;
}

/**
 * Opens the caches of checkpoints, and checks that all of them can be probed and compared before any is.
 *
 * @throws UserError naming the cache and what is wrong with it.
 */
export async function openCheckpoints(
  values: ProbeValues,
  caches: readonly CheckpointCache[],
  out: string,
): Promise<readonly OpenCheckpoint[]> {
  await checkCheckpointsOut(
    out,
    caches.map(({ folder }) => folder),
  );
  const opened: OpenCheckpoint[] = [];
  for (const checkpoint of caches) {
    const places = { cache: checkpoint.directory, out: join(out, checkpoint.folder) };
    await checkOut(places.out);
    opened.push({ checkpoint, inputs: await openInputs(values, places) });
  }
  const manifests = opened.map(({ checkpoint, inputs }) => ({
    from: checkpoint.directory,
    ...inputs.cache.manifest,
  }));
  requireSameTopology(manifests);
  requireComparable(manifests);
  return opened;
}

/** What the runs of checkpoints are made from, and where they go. */
export interface CheckpointsJob {
  /** The folder of their caches. */
  readonly directory: string;
  readonly out: string;
  readonly opened: readonly OpenCheckpoint[];
}

/** The network that names of models like `mnist-convnet/step-100` begin with, or the last model's own name. */
function networkOf(models: readonly string[]): string {
  const [first = '', ...others] = models.map((name) => name.split('/')[0] ?? '');
  return others.every((name) => name === first) ? first : (models.at(-1) ?? '');
}

function recordOf(directory: string, opened: readonly OpenCheckpoint[]): CheckpointsRecord {
  const checkpoints = opened.map(({ checkpoint: { folder, step, modelSeed }, inputs }) => {
    return { folder, step, modelSeed, model: inputs.cache.manifest.names.model };
  });
  return {
    strataVersion: version,
    cache: directory,
    dataset: opened[0]?.inputs.cache.manifest.names.dataset ?? '',
    network: networkOf(checkpoints.map(({ model }) => model)),
    checkpoints,
  };
}

/** Trains the probes of one checkpoint after the other, each into a run of its own, and says what there is to say. */
async function probeEach(
  values: ProbeValues,
  opened: readonly OpenCheckpoint[],
  tools: Omit<ProbeTools, 'clock' | 'title'>,
): Promise<readonly StageTime[]> {
  const stages = [];
  for (const [at, { checkpoint, inputs }] of opened.entries()) {
    const name = checkpointText(checkpoint);
    const title = `${name} (${at + 1} of ${opened.length})`;
    terminal.note(title);
    const clock = new StageClock();
    const { run, measurements } = await probeCache(values, inputs, { ...tools, clock, title });
    if (at === 0) for (const line of leftOut(run)) terminal.note(line);
    for (const warning of runWarnings(measurements, { mostTaps: 3 })) terminal.warn(`${name}: ${warning}`);
    stages.push(clock.report());
  }
  return addedStages(stages);
}

/** Trains the probes of each checkpoint into a run of its own, and reports them against each other. */
export async function runCheckpoints(
  values: ProbeValues,
  { directory, out, opened }: CheckpointsJob,
  tools: Omit<ProbeTools, 'clock' | 'title'>,
): Promise<readonly StageTime[]> {
  const stages = await probeEach(values, opened, tools);
  const clock = new StageClock();
  const record = recordOf(directory, opened);
  const run = await readCheckpointRun(out, record);
  const files = await clock.time('report', () => writeCheckpointReport(out, run));
  await writeCheckpointsRecord(out, record);
  if (values.json === true) terminal.printJson({ ...checkpointsJson(run), files });
  else terminal.print(`${checkpointsText(run, 'short')}\n`);
  for (const line of checkpointDeadSegments(run)) terminal.warn(line);
  terminal.note(`report: ${files.find((file) => file.endsWith('report.html'))}`);
  return addedStages([stages, clock.report()]);
}
