import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { loadBackend } from '../backend/backend.js';
import { ResourceError } from '../errors.js';
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
import { resolveTaps } from '../model/resolve-taps.js';
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

function manifestOf(values: ExtractValues, inputs: ExtractInputs): Manifest {
  return describeCache({
    ...inputs,
    seed: values.seed ?? 0,
    batch: values.batch ?? 32,
    shardRows: values['shard-rows'] ?? 1024,
    dtype: values.dtype ?? 'float32',
    format: values.format ?? 'arrow',
  });
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

async function extractPlanned(
  values: ExtractValues,
  directory: string,
  manifest: Manifest,
  inputs: ExtractInputs,
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
      concurrency: values.concurrency ?? 2 * availableParallelism(),
      stop: interrupt.stop,
      drop: interrupt.drop,
      onProgress: (count) => progress.advance(count),
    });
  } finally {
    progress.end();
    interrupt.dispose();
  }
}

function finish(values: ExtractValues, directory: string, summary: ExtractionSummary): number {
  const { shards, bytes, quarantined, samples, seconds, stopped } = summary;
  terminal.note(stageLines(summary.stages, seconds, samples));
  if (values.json === true) terminal.printJson({ cache: directory, ...summary });
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
  const backend = await loadBackend(values.backend ?? 'auto');
  if (backend.reason !== undefined)
    terminal.warn(`computing with WebAssembly, several times slower: ${backend.reason}`);
  const inputs = await openInputs(values, backend);
  const manifest = manifestOf(values, inputs);
  const directory = values.cache ?? defaultCache(inputs.dataset.name, inputs.model.name);
  const dry = values['dry-run'] === true;
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
  return finish(values, directory, await extractPlanned(values, directory, manifest, inputs, planned));
}
