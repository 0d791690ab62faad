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
import { findRetry, takeBack } from '../extract/retry.js';
import { type ExtractionSummary, runExtraction } from '../extract/run-extraction.js';
import { resolveTaps } from '../model/resolve-taps.js';
import { readCommits, removeAbandonedTemporaries } from '../store/commit.js';
import { MANIFEST_FILE } from '../store/layout.js';
import { createOrOpenCache, type Manifest } from '../store/manifest.js';
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

/** The columns asked for, and with `--retry-quarantined` also those of the shards that are taken back. */
async function retryColumns(
  directory: string,
  manifest: Manifest,
  inputs: ExtractInputs,
): Promise<readonly ExtractColumn[]> {
  const retry = await findRetry(
    directory,
    await readCommits(directory),
    Object.keys(manifest.identity.labelSets),
  );
  terminal.note(
    `extracting again: ${retry.samples} quarantined samples, ${retry.files.length} files of their shards`,
  );
  await takeBack(directory, retry);
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
  const exists = existsSync(join(directory, MANIFEST_FILE));
  const retried =
    values['retry-quarantined'] === true && exists && values['dry-run'] !== true
      ? await retryColumns(directory, manifest, inputs)
      : [];
  const columns = [...inputs.columns, ...retried];
  const tasks = planExtraction({
    samples: manifest.samples,
    shardRows: manifest.identity.shardRows,
    columns,
    committed: exists ? await readCommits(directory) : new Map(),
    format: manifest.identity.format,
    ...(values.worker === undefined ? {} : { worker: parseWorker(values.worker) }),
  });
  return { columns, tasks };
}

/** Free bytes where the cache is, or will be. */
async function freeBytes(directory: string): Promise<number> {
  let existing = resolve(directory);
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return bavail * bsize;
}

async function checkSpace(directory: string, estimates: readonly ColumnEstimate[]): Promise<number> {
  const needed = estimates.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = await freeBytes(directory);
  if (needed <= free) return free;
  throw new ResourceError(
    `the cache does not fit: ${bytesText(needed)} to write and ${bytesText(free)} free at ${directory} (fewer taps, another --reduce, or --dtype float16)`,
  );
}

function printEstimate(
  estimates: readonly ColumnEstimate[],
  tasks: readonly ShardTask[],
  free: number,
): void {
  const rows = estimates.map(({ tap, reduction, features, shards, rows: count, bytes }) => [
    tap,
    reduction,
    features,
    shards,
    count,
    bytesText(bytes),
  ]);
  terminal.print(textTable(['tap', 'reduction', 'features', 'shards', 'rows', 'size'], rows));
  const samples = tasks.reduce((sum, { start, end }) => sum + end - start, 0);
  const bytes = estimates.reduce((sum, one) => sum + one.bytes, 0);
  terminal.print(
    `to extract: ${tasks.length} shards, ${samples} samples, ${bytesText(bytes)}; free: ${bytesText(free)}`,
  );
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
  if (!dry || existsSync(join(directory, MANIFEST_FILE))) await createOrOpenCache(directory, manifest);
  if (!dry) await removeAbandonedTemporaries(directory);
  const planned = await planFor(values, directory, manifest, inputs);
  const estimates = estimateColumns(planned.tasks, planned.columns, manifest.identity.dtype);
  if (dry) printEstimate(estimates, planned.tasks, await freeBytes(directory));
  await checkSpace(directory, estimates);
  if (dry) return EXIT.done;
  if (planned.tasks.length === 0) {
    if (values.json === true)
      terminal.printJson({ cache: directory, samples: 0, shards: 0, bytes: 0, quarantined: 0 });
    else terminal.print(`${directory}: complete, nothing to extract`);
    return EXIT.done;
  }
  return finish(values, directory, await extractPlanned(values, directory, manifest, inputs, planned));
}
