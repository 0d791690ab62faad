import { existsSync } from 'node:fs';
import { statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { loadBackend } from '../backend/backend.js';
import { decodeConcurrency } from '../decode/decode-concurrency.js';
import { messageOf, ResourceError, UserError } from '../errors.js';
import { chooseColumns, type ExtractColumn } from '../extract/columns.js';
import { describeCache } from '../extract/describe-cache.js';
import {
  type ColumnEstimate,
  estimateColumns,
  parseWorker,
  planExtraction,
  type ShardTask,
} from '../extract/plan.js';
import { findRetry, type Retry } from '../extract/retry.js';
import { type ExtractionSummary, runExtraction } from '../extract/run-extraction.js';
import { requireBfloat16 } from '../forward/bfloat16.js';
import { type PreparedForward, prepareForward } from '../forward/prepare-forward.js';
import { resolveTaps } from '../model/resolve-taps.js';
import { Profile } from '../profile.js';
import { type Commits, readCommits, removeAbandonedTemporaries } from '../store/commit.js';
import { createOrOpenCache, isCache, type Manifest } from '../store/manifest.js';
import { defaultCache } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { type ExtractInputs, openInputs } from './extract-inputs.js';
import type { ExtractValues } from './extract-options.js';
import { listenForInterrupt } from './interrupt.js';
import { bytesText, secondsText, stageLines, startProgress, terminal } from './terminal.js';
import { textTable } from './text-table.js';

interface Planned {
  readonly columns: readonly ExtractColumn[];
  readonly tasks: readonly ShardTask[];
}

function manifestOf(values: ExtractValues, inputs: ExtractInputs, forward: PreparedForward): Manifest {
  return describeCache({
    ...inputs,
    forward,
    compute: values.compute ?? 'float32',
    seed: values.seed ?? 0,
    shardRows: values['shard-rows'] ?? 1024,
    dtype: values.dtype ?? 'float32',
    format: values.format ?? 'arrow',
  });
}

/** Makes the network ready for some columns; the first line of what went wrong is a warning, as it costs half the speed. */
async function forwardFor(
  values: ExtractValues,
  inputs: ExtractInputs,
  columns: readonly ExtractColumn[],
): Promise<PreparedForward> {
  if (values.compute === 'bfloat16') await requireBfloat16();
  const prepared = await prepareForward({
    ...inputs,
    columns,
    seed: values.seed ?? 0,
    forward: values.forward ?? 'compiled',
    compute: values.compute ?? 'float32',
    classify: inputs.scoring !== undefined,
    halves: values.dtype === 'float16',
  });
  if (prepared.reason !== undefined)
    terminal.warn(`the network cannot be compiled and runs op by op, more slowly: ${prepared.reason}`);
  return prepared;
}

/** The columns of the shards that are made again, but for those asked for anyway. */
function otherColumns(retry: Retry, inputs: ExtractInputs): readonly ExtractColumn[] {
  const known = new Set(inputs.columns.map(({ tap, reduction }) => `${tap}\n${reduction}`));
  const others = retry.columns.filter(({ tap, reduction }) => !known.has(`${tap}\n${reduction}`));
  return others.flatMap(({ tap, reduction }) =>
    chooseColumns(resolveTaps([tap], inputs.model.taps), [reduction]),
  );
}

async function planFor(
  values: ExtractValues,
  directory: string,
  manifest: Manifest,
  inputs: ExtractInputs,
): Promise<Planned> {
  const worker = values.worker === undefined ? {} : { worker: parseWorker(values.worker) };
  const { samples, identity } = manifest;
  const { shardRows, format } = identity;
  const committed: Commits = isCache(directory) ? await readCommits(directory) : new Map();
  const plan = { samples, shardRows, committed, format, ...worker };
  if (values['retry-quarantined'] !== true)
    return { columns: inputs.columns, tasks: planExtraction({ ...plan, columns: inputs.columns }) };
  const retry = await findRetry(directory, committed, Object.keys(identity.labelSets));
  terminal.note(
    `extracting again: ${retry.samples} quarantined samples, ${retry.files.size} files of their shards`,
  );
  const columns = [...inputs.columns, ...otherColumns(retry, inputs)];
  return { columns, tasks: planExtraction({ ...plan, columns, again: retry.files }) };
}

/** Free bytes where the cache is, or will be. */
async function freeBytes(directory: string): Promise<number> {
  let existing = resolve(directory);
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return bavail * bsize;
}

interface Estimate {
  readonly cache: string;
  readonly shards: number;
  readonly samples: number;
  readonly bytes: number;
  readonly freeBytes: number;
  readonly columns: readonly ColumnEstimate[];
}

function printEstimate({ columns, shards, samples, bytes, freeBytes: free }: Estimate): void {
  const rows = columns.map((column) => [
    column.tap,
    column.reduction,
    column.features,
    column.shards,
    column.rows,
    bytesText(column.bytes),
  ]);
  terminal.print(textTable(['tap', 'reduction', 'features', 'shards', 'rows', 'size'], rows));
  terminal.print(
    `to extract: ${shards} shards, ${samples} samples, ${bytesText(bytes)}; free: ${bytesText(free)}`,
  );
}

/** Refuses what does not fit before anything is written: the cache would keep the options that were too large. */
function checkSpace({ bytes, freeBytes: free, cache }: Estimate): void {
  if (bytes <= free) return;
  throw new ResourceError(
    `the cache does not fit: ${bytesText(bytes)} to write and ${bytesText(free)} free at ${cache} (fewer taps, another --reduce, or --dtype float16)`,
  );
}

async function estimateOf(
  cache: string,
  { columns, tasks }: Planned,
  { identity }: Manifest,
): Promise<Estimate> {
  const estimates = estimateColumns(tasks, columns, identity.dtype);
  return {
    cache,
    shards: tasks.length,
    samples: tasks.reduce((sum, { start, end }) => sum + end - start, 0),
    bytes: estimates.reduce((sum, { bytes }) => sum + bytes, 0),
    freeBytes: await freeBytes(cache),
    columns: estimates,
  };
}

/** A profile whose file can be written: found out before the run, and not after it. */
async function openProfile(path: string | undefined): Promise<Profile | undefined> {
  if (path === undefined) return undefined;
  try {
    await writeFile(path, '');
  } catch (error) {
    throw new UserError(`profile cannot be written: ${path} (${messageOf(error)})`, { cause: error });
  }
  return new Profile();
}

async function extractPlanned(
  values: ExtractValues,
  directory: string,
  manifest: Manifest,
  inputs: ExtractInputs & { readonly forward: PreparedForward; readonly profile: Profile | undefined },
  planned: Planned,
): Promise<ExtractionSummary> {
  const interrupt = listenForInterrupt('finishing the shard at hand (Ctrl-C again drops it)');
  const samples = planned.tasks.reduce((sum, { start, end }) => sum + end - start, 0);
  const progress = startProgress('extract', samples, 'samples');
  try {
    return await runExtraction({
      ...inputs,
      ...planned,
      directory,
      manifest,
      concurrency: values.concurrency ?? decodeConcurrency(),
      stop: interrupt.stop,
      drop: interrupt.drop,
      onProgress: (count) => progress.advance(count),
    });
  } finally {
    progress.end();
    await inputs.profile?.write(values.profile!);
    interrupt.dispose();
  }
}

function finish(values: ExtractValues, directory: string, summary: ExtractionSummary): number {
  const { shards, bytes, quarantined, samples, seconds, stopped } = summary;
  // The process began when the clock of `performance.now` did.
  const startUp = { stage: 'start-up', seconds: performance.now() / 1000 - seconds, samples: 0 };
  const stages = [startUp, ...summary.stages];
  terminal.note(stageLines(stages, performance.now() / 1000, samples));
  if (values.json === true) terminal.printJson({ cache: directory, ...summary, stages });
  else
    terminal.print(
      `${directory}: ${shards} shards, ${bytesText(bytes)}, ${samples} samples in ${secondsText(seconds)}`,
    );
  if (stopped) terminal.warn('stopped before the end; the same command continues');
  if (quarantined > 0) {
    terminal.warn(
      `${quarantined} samples could not be decoded; ${join(directory, 'samples')} has their reasons (status, reason)`,
    );
  }
  if (stopped) return EXIT.interrupted;
  return quarantined > 0 ? EXIT.quarantined : EXIT.done;
}

/** Carries out `strata extract` and returns its exit code. */
export async function extract(values: ExtractValues): Promise<number> {
  const dry = values['dry-run'] === true;
  const profile = dry ? undefined : await openProfile(values.profile);
  const backend = await loadBackend(values.backend ?? 'auto');
  if (backend.reason !== undefined)
    terminal.warn(`computing with WebAssembly, several times slower: ${backend.reason}`);
  const inputs = await openInputs(values, backend);
  const forward = await forwardFor(values, inputs, inputs.columns);
  const manifest = manifestOf(values, inputs, forward);
  const directory = values.cache ?? defaultCache(inputs.dataset.name, inputs.model.name);
  if (isCache(directory)) {
    await createOrOpenCache(directory, manifest);
    if (!dry) await removeAbandonedTemporaries(directory);
  }
  const planned = await planFor(values, directory, manifest, inputs);
  const estimate = await estimateOf(directory, planned, manifest);
  if (dry && values.json === true) terminal.printJson(estimate);
  else if (dry) printEstimate(estimate);
  checkSpace(estimate);
  if (dry) return EXIT.done;
  await createOrOpenCache(directory, manifest);
  if (planned.tasks.length === 0) {
    if (values.json === true)
      terminal.printJson({ cache: directory, samples: 0, shards: 0, bytes: 0, quarantined: 0 });
    else terminal.print(`${directory}: complete, nothing to extract`);
    return EXIT.done;
  }
  const added = planned.columns.length > inputs.columns.length;
  const ready = {
    ...inputs,
    profile,
    forward: added ? await forwardFor(values, inputs, planned.columns) : forward,
  };
  return finish(values, directory, await extractPlanned(values, directory, manifest, ready, planned));
}
