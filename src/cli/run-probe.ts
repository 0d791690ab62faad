import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { loadBackend } from '../backend/backend.js';
import { InterruptedError, UserError } from '../errors.js';
import type { ColumnResult } from '../probe/probe-column.js';
import { hasL2 } from '../probe/probe-kind.js';
import type { ProbeLabelSet } from '../probe/probe-labels.js';
import { sweep } from '../probe/sweep.js';
import { type Cache, type CachedColumn, openCache, requireComplete } from '../read/cache.js';
import { readSampleTable, type SampleTable } from '../read/samples.js';
import { selectColumns } from '../read/select-columns.js';
import { MEASUREMENTS_FILE } from '../report/measurements.js';
import { STAGING_PREFIX, writeResults } from '../report/report.js';
import { leftOut } from '../report/run-facts.js';
import { RUN_FILE, type RunRecord } from '../report/run-record.js';
import { runWarnings } from '../report/run-warnings.js';
import { type PerSplit, SPLITS } from '../split.js';
import { StageClock } from '../stage-clock.js';
import { defaultCache, defaultRun, EMBEDDED_DATASET, EMBEDDED_MODEL } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { listenForInterrupt } from './interrupt.js';
import { probeLabelSets } from './probe-labels.js';
import { DEFAULT_L2, type ProbeValues } from './probe-options.js';
import { resultText } from './result-text.js';
import { runRecordOf } from './run-record-of.js';
import { stageLines, startProgress, terminal } from './terminal.js';
import { version } from './version.js';

/** What a command line of `probe` comes to. */
interface ProbeInputs {
  readonly cache: Cache;
  readonly columns: readonly CachedColumn[];
  readonly samples: PerSplit<SampleTable>;
  readonly labelSets: readonly ProbeLabelSet[];
  readonly options: RunRecord['options'];
}

async function readSamples(cache: Cache): Promise<PerSplit<SampleTable>> {
  const [train, valid, test] = await Promise.all(SPLITS.map((split) => readSampleTable(cache, split)));
  if (train === undefined || valid === undefined || test === undefined)
    throw new Error('three splits, three tables');
  return { train, valid, test };
}

async function openInputs(values: ProbeValues): Promise<ProbeInputs> {
  const l2 = l2Of(values);
  const directory = values.cache ?? defaultCache(EMBEDDED_DATASET, basename(EMBEDDED_MODEL));
  const cache = await openCache(directory);
  const columns = selectColumns(cache, { taps: values.taps, reductions: values.reduce });
  for (const column of columns) requireComplete(cache, column);
  const samples = await readSamples(cache);
  const seed = values.seed ?? 0;
  const labelSets = await probeLabelSets(cache, samples, { asked: values.labels, seed });
  const options = {
    cache: directory,
    out: values.out ?? defaultRun(directory),
    taps: [...new Set(columns.map(({ tap }) => tap.name))],
    reductions: [...new Set(columns.map(({ reduction }) => reduction))],
    labels: [...(values.labels ?? labelSets.map(({ name }) => name))],
    kind: values.probe ?? 'softmax',
    l2,
    seed,
    tolerance: values.tolerance ?? 1e-3,
    maxPasses: values['max-passes'] ?? 1000,
    memoryBytes: values.memory ?? Math.round((process.availableMemory() * 2) / 3),
    backend: values.backend ?? 'auto',
  };
  return { cache, columns, samples, labelSets, options };
}

function l2Of({ l2, probe = 'softmax' }: ProbeValues): number[] {
  if (hasL2(probe)) return [...(l2 ?? DEFAULT_L2)];
  if (l2 === undefined) return [0];
  throw new UserError(`--l2 is not for ${probe} probes: ${l2.join(',')} (they have nothing to regularise)`);
}

/** A folder that holds something else is not overwritten. */
async function checkOut(out: string): Promise<void> {
  const found = await readdir(out).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new UserError(`out folder cannot be used: ${out} (${error.code})`, { cause: error });
  });
  const names = found.filter((name) => !name.startsWith(STAGING_PREFIX));
  if (names.length === 0 || names.includes(RUN_FILE) || names.includes(MEASUREMENTS_FILE)) return;
  throw new UserError(
    `out folder holds something other than a run: ${out} (${names[0]}; give another --out)`,
  );
}

async function train(inputs: ProbeInputs, clock: StageClock, signal: AbortSignal): Promise<ColumnResult[]> {
  const { columns, options, labelSets } = inputs;
  const progress = startProgress('probe', columns.length, 'columns');
  const results: ColumnResult[] = [];
  try {
    const running = sweep({
      ...options,
      ...inputs,
      clock,
      signal,
      onProgress: (place, { l2, gapOverLoss, passes }) =>
        progress.advance(
          0,
          `${columns[place]?.tap.name} l2 ${l2} gap ${gapOverLoss.toExponential(0)} pass ${passes}`,
        ),
    });
    for await (const result of running) {
      results.push(result);
      progress.advance(1, `${labelSets.length} label sets`);
    }
  } finally {
    progress.end();
  }
  if (signal.aborted) throw new InterruptedError('probing was interrupted');
  return results;
}

/** Carries out `strata probe` and returns its exit code. */
export async function probe(values: ProbeValues): Promise<number> {
  const started = new Date();
  const clock = new StageClock();
  const inputs = await clock.time('open', () => openInputs(values));
  const { options, labelSets } = inputs;
  await checkOut(options.out);
  const backend = await loadBackend(values.backend ?? 'auto');
  if (backend.reason !== undefined) terminal.warn(`computing with WebAssembly, slower: ${backend.reason}`);
  // Heard to the end: a run whose training is done is written whole, whatever is pressed meanwhile.
  const interrupt = listenForInterrupt('stopping (a run that is not finished is not written)');
  try {
    const results = await train(inputs, clock, interrupt.stop);
    const measurements = results.flatMap((result) => result.measurements);
    const run = runRecordOf({ ...inputs, version, started, measurements, backend, clock });
    const files = await clock.time('report', () =>
      writeResults(options.out, {
        run,
        measurements,
        predictions: results.flatMap((result) => result.predictions),
        weights: results.flatMap((result) => result.weights),
      }),
    );
    printResults({ json: values.json === true, run, measurements, files });
    const read = labelSets[0]?.labels.train.length ?? 0;
    clock.add('probe', 0, measurements.reduce((sum, { passes }) => sum + passes, 0) * read);
  } finally {
    interrupt.dispose();
  }
  terminal.note(stageLines(clock.report(), (Date.now() - started.getTime()) / 1000, 0));
  return EXIT.done;
}

function printResults(results: {
  readonly json: boolean;
  readonly run: RunRecord;
  readonly measurements: ColumnResult['measurements'];
  readonly files: readonly string[];
}): void {
  const { json, run, measurements, files } = results;
  for (const line of leftOut(run)) terminal.note(line);
  for (const warning of runWarnings(measurements, { mostTaps: 6 })) terminal.warn(warning);
  if (json) terminal.printJson({ run, measurements, files });
  else terminal.print(`${resultText(measurements, run, 'short')}\n`);
  terminal.note(`report: ${files.find((file) => file.endsWith('report.html'))}`);
}
