import { join } from 'node:path';
import type { NetworkBackend } from '../backend/onnx-runtime.js';
import { checkpointFolder, checkpointText } from '../checkpoint.js';
import type { Dataset } from '../dataset/dataset.js';
import { planExtraction } from '../extract/plan.js';
import type { ExtractionSummary } from '../extract/run-extraction.js';
import type { ModelCheckpoint, NamedModels } from '../model/find-checkpoints.js';
import { addedStages } from '../stage-clock.js';
import { readCommits } from '../store/commit.js';
import { requireComparable } from '../store/comparable-caches.js';
import { listCaches, requireNoCache } from '../store/find-caches.js';
import { isCache, type Manifest, readManifest } from '../store/manifest.js';
import { requireSameTopology } from '../store/same-topology.js';
import { noteDuplicates } from './cache-duplicates.js';
import { defaultCache } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { checkSpace, estimateOf, printEstimate } from './extract-estimate.js';
import { openInputs, openModelFor } from './extract-inputs.js';
import type { ExtractValues } from './extract-options.js';
import { doneLine, exitFor, noteStages } from './extract-outcome.js';
import { fillCache, openExisting, type ReadyExtraction } from './fill-cache.js';
import { forwardFor, manifestOf, planFor } from './prepare-extraction.js';
import { terminal } from './terminal.js';

/** What all checkpoints share. */
interface Shared {
  readonly backend: NetworkBackend;
  readonly dataset: Dataset;
}

type Checkpoints = Extract<NamedModels, { kind: 'checkpoints' }>;

interface Done {
  readonly checkpoint: ModelCheckpoint;
  readonly directory: string;
  readonly summary: ExtractionSummary | undefined;
}

/** Opens each model for a moment: that one cannot be read, or is of another network, is found out before the work. */
async function checkModels(
  values: ExtractValues,
  dataset: Dataset,
  { checkpoints }: Checkpoints,
  folder: string,
): Promise<void> {
  const taps = [];
  for (const cache of await listCaches(folder)) {
    const directory = join(folder, cache);
    taps.push({ from: directory, taps: (await readManifest(directory)).taps });
  }
  for (const { path } of checkpoints) {
    const model = await openModelFor(values, dataset, path);
    taps.push({ from: path, taps: model.taps });
    model.dispose();
  }
  requireSameTopology(taps);
}

/** What the caches of all checkpoints lack, as far as it is known before each is opened. */
async function allTasks(
  values: ExtractValues,
  directories: readonly string[],
  { manifest, inputs: { columns } }: Pick<ReadyExtraction, 'manifest' | 'inputs'>,
) {
  const { samples, identity } = manifest;
  const worker = values.worker === undefined ? {} : { worker: values.worker };
  const plan = { samples, columns, shardRows: identity.shardRows, format: identity.format, ...worker };
  const committed = await Promise.all(
    directories.map(async (directory) => (isCache(directory) ? await readCommits(directory) : new Map())),
  );
  return committed.flatMap((files) => planExtraction({ ...plan, committed: files }));
}

/** A manifest under the checkpoint's own name: `mnist-convnet/step-100`, where the model's would be `step-100`. */
function named(manifest: Manifest, { name }: ModelCheckpoint): Manifest {
  return { ...manifest, names: { ...manifest.names, model: name } };
}

async function prepare(
  values: ExtractValues,
  { backend, dataset }: Shared,
  checkpoint: ModelCheckpoint,
  directory: string,
): Promise<Omit<ReadyExtraction, 'planned' | 'title'>> {
  const inputs = await openInputs(values, { backend, dataset, path: checkpoint.path, cache: directory });
  const forward = await forwardFor(values, inputs, inputs.columns);
  const manifest = named(manifestOf(values, inputs, forward), checkpoint);
  await openExisting(values, directory, manifest);
  return { directory, manifest, inputs, forward };
}

/** Estimates all checkpoints by the first one, and prints that for a dry run. */
async function estimateAll(
  values: ExtractValues,
  folder: string,
  directories: readonly string[],
  first: Omit<ReadyExtraction, 'planned' | 'title'>,
): Promise<void> {
  const existing = directories.filter(isCache);
  const manifests = await Promise.all(existing.map(readManifest));
  requireComparable([
    ...manifests.map(({ identity }, at) => ({ from: existing[at]!, identity })),
    { from: 'what is asked for', identity: first.manifest.identity },
  ]);
  const tasks = await allTasks(values, directories, first);
  const { dtype } = first.manifest.identity;
  const estimate = await estimateOf({ cache: folder, columns: first.inputs.columns, dtype, tasks });
  if (values['dry-run'] === true) {
    if (values.json === true) terminal.printJson(estimate);
    else printEstimate(estimate);
  }
  checkSpace(estimate);
}

async function finish(values: ExtractValues, folder: string, done: readonly Done[]): Promise<number> {
  // All are of the same samples.
  const duplicates = done[0] === undefined ? null : await noteDuplicates(done[0].directory);
  const summaries = done.flatMap(({ summary }) => summary ?? []);
  const total = (of: (summary: ExtractionSummary) => number) =>
    summaries.reduce((sum, summary) => sum + of(summary), 0);
  const stopped = summaries.some((summary) => summary.stopped);
  const quarantined = total((summary) => summary.quarantined);
  if (summaries.length > 0) {
    noteStages({
      seconds: total(({ seconds }) => seconds),
      samples: total(({ samples }) => samples),
      stages: addedStages(summaries.map(({ stages }) => stages)),
    });
  }
  if (values.json === true) {
    const nothing = { samples: 0, shards: 0, bytes: 0, quarantined: 0 };
    const checkpoints = done.map(({ checkpoint: { step, modelSeed, path }, directory, summary }) => ({
      cache: directory,
      model: path,
      step,
      modelSeed,
      ...(summary ?? nothing),
    }));
    terminal.printJson({ cache: folder, duplicates, checkpoints });
  }
  return exitFor({ stopped, quarantined }, join(folder, '*'));
}

/** Extracts the checkpoints of one network, each into a cache of its own in one folder, and returns the exit code. */
export async function extractCheckpoints(
  values: ExtractValues,
  shared: Shared,
  models: Checkpoints,
): Promise<number> {
  const folder = values.cache ?? defaultCache(shared.dataset.name, models.network);
  requireNoCache(folder);
  await checkModels(values, shared.dataset, models, folder);
  const places = models.checkpoints.map((checkpoint) => join(folder, checkpointFolder(checkpoint)));
  const listed = models.checkpoints.map((one) => `${checkpointText(one)} (${one.path})`);
  terminal.note(`${places.length} checkpoints of ${models.network}: ${listed.join(', ')}`);
  const done: Done[] = [];
  for (const [at, checkpoint] of models.checkpoints.entries()) {
    const directory = places[at]!;
    const ready = await prepare(values, shared, checkpoint, directory);
    if (at === 0) await estimateAll(values, folder, places, ready);
    if (values['dry-run'] === true) return EXIT.done;
    const title = `${checkpointText(checkpoint)} (${at + 1} of ${places.length})`;
    const planned = await planFor(values, directory, ready.manifest, ready.inputs);
    const summary = await fillCache(values, { ...ready, planned, title });
    ready.inputs.model.dispose();
    if (values.json !== true) terminal.print(doneLine(directory, summary));
    done.push({ checkpoint, directory, summary });
    if (summary?.stopped === true) break;
  }
  return await finish(values, folder, done);
}
