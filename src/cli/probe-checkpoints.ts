import { join } from 'node:path';
import { checkpointText, compareCheckpoints } from '../checkpoint.js';
import { writeCheckpointReport } from '../report/checkpoint-report.js';
import {
  type CheckpointResult,
  type CheckpointsRecord,
  readCheckpointRun,
  writeCheckpointsRecord,
} from '../report/checkpoint-run.js';
import { checkpointDeadSegments } from '../report/dead-segment-report.js';
import { leftOut } from '../report/run-facts.js';
import { addedStages, StageClock, type StageTime } from '../stage-clock.js';
import { requireComparable } from '../store/comparable-caches.js';
import type { CheckpointCache } from '../store/find-caches.js';
import { requireSameTopology } from '../store/same-topology.js';
import { checkCheckpointsOut, checkOut } from './check-out.js';
import { keptCheckpoints, keptLine, requireProbedAlike } from './kept-checkpoints.js';
import { type ProbeTools, probeCache } from './probe-cache.js';
import { openInputs, type ProbeInputs } from './probe-inputs.js';
import type { ProbeValues } from './probe-options.js';
import { checkpointsJson, checkpointsText } from './result-text.js';
import { shortWarnings } from './short-warnings.js';
import { terminal } from './terminal.js';
import { version } from './version.js';

/** A checkpoint whose cache is open. */
export interface OpenCheckpoint {
  readonly checkpoint: CheckpointCache;
  readonly inputs: ProbeInputs;
}

/** The checkpoints that a run will hold. */
export interface OpenCheckpoints {
  readonly opened: readonly OpenCheckpoint[];
  /** Those whose results an earlier run left and whose caches are gone. */
  readonly kept: readonly CheckpointResult[];
}

/**
 * Opens the caches of checkpoints, and checks that all of them can be probed and compared before any is, also with what
 * is kept from earlier.
 *
 * @throws UserError naming the cache and what is wrong with it.
 */
export async function openCheckpoints(
  values: ProbeValues,
  caches: readonly CheckpointCache[],
  out: string,
): Promise<OpenCheckpoints> {
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
  const kept = values.fresh === true ? [] : await keptCheckpoints(out, caches);
  requireProbedAlike({ out, kept, caches }, opened[0]!.inputs.options);
  const networks = opened.map(({ checkpoint, inputs }) => {
    const { identity, taps } = inputs.cache.manifest;
    return { from: checkpoint.directory, identity, taps };
  });
  const earlier = kept.map(({ folder, run, topology }) => {
    return {
      from: join(out, folder),
      identity: run.cache.identity,
      taps: topology?.taps ?? networks[0]!.taps,
    };
  });
  requireSameTopology([...networks, ...earlier]);
  requireComparable([...networks, ...earlier]);
  return { opened, kept };
}

/** What the runs of checkpoints are made from, and where they go. */
export interface CheckpointsJob {
  /** The folder of their caches. */
  readonly directory: string;
  readonly out: string;
  readonly open: OpenCheckpoints;
}

/** The network that names of models like `mnist-convnet/step-100` begin with, or the last model's own name. */
function networkOf(models: readonly string[]): string {
  const [first = '', ...others] = models.map((name) => name.split('/')[0] ?? '');
  return others.every((name) => name === first) ? first : (models.at(-1) ?? '');
}

function recordOf(directory: string, { opened, kept }: OpenCheckpoints): CheckpointsRecord {
  const probed = opened.map(({ checkpoint: { folder, step, modelSeed }, inputs }) => {
    return { folder, step, modelSeed, model: inputs.cache.manifest.names.model };
  });
  const earlier = kept.map(({ folder, step, modelSeed, model }) => ({ folder, step, modelSeed, model }));
  const checkpoints = [...probed, ...earlier].sort(compareCheckpoints);
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
    for (const warning of shortWarnings(run, measurements, 3)) terminal.warn(`${name}: ${warning}`);
    stages.push(clock.report());
  }
  return addedStages(stages);
}

/** Trains the probes of each checkpoint into a run of its own, and reports them against each other. */
export async function runCheckpoints(
  values: ProbeValues,
  { directory, out, open }: CheckpointsJob,
  tools: Omit<ProbeTools, 'clock' | 'title'>,
): Promise<readonly StageTime[]> {
  const line = keptLine(open.kept);
  if (line !== undefined) terminal.note(line);
  const stages = await probeEach(values, open.opened, tools);
  const clock = new StageClock();
  const record = recordOf(directory, open);
  const run = await readCheckpointRun(out, record);
  const files = await clock.time('report', () => writeCheckpointReport(out, run));
  await writeCheckpointsRecord(out, record);
  if (values.json === true) terminal.printJson({ ...checkpointsJson(run), files });
  else terminal.print(`${checkpointsText(run, 'short')}\n`);
  for (const line of checkpointDeadSegments(run)) terminal.warn(line);
  terminal.note(`report: ${files.find((file) => file.endsWith('report.html'))}`);
  return addedStages([stages, clock.report()]);
}
