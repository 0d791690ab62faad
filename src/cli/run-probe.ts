import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Backend, loadBackend } from '../backend/backend.js';
import { nativeSoftmax } from '../backend/softmax.js';
import { InterruptedError, UserError } from '../errors.js';
import type { KeptResults } from '../probe/kept-results.js';
import type { ColumnResult } from '../probe/probe-column.js';
import { hasL2, isStochastic } from '../probe/probe-kind.js';
import type { ProbeLabelSet } from '../probe/probe-labels.js';
import type { StochasticSettings } from '../probe/stochastic-settings.js';
import { type SweptColumn, sweep } from '../probe/sweep.js';
import { type Cache, type CachedColumn, openCache, requireComplete } from '../read/cache.js';
import { readSampleTable, type SampleTable } from '../read/samples.js';
import { selectColumns } from '../read/select-columns.js';
import { MEASUREMENTS_FILE } from '../report/measurements.js';
import { STAGING_PREFIX, writeResults } from '../report/report.js';
import { openParts, PARTS_FOLDER } from '../report/result-parts.js';
import { leftOut } from '../report/run-facts.js';
import { RUN_FILE, type RunRecord } from '../report/run-record.js';
import { runWarnings } from '../report/run-warnings.js';
import { readSteps } from '../report/step-table.js';
import type { Step } from '../report/steps.js';
import { type PerSplit, SPLITS } from '../split.js';
import { StageClock } from '../stage-clock.js';
import { topologyOf } from '../store/topology.js';
import { defaultCache, defaultRun, EMBEDDED_DATASET, EMBEDDED_MODEL } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { listenForInterrupt } from './interrupt.js';
import { probeLabelSets } from './probe-labels.js';
import { DEFAULT_L2, type ProbeValues } from './probe-options.js';
import { startProbeProgress } from './probe-progress.js';
import { resultText } from './result-text.js';
import { runRecordOf } from './run-record-of.js';
import { softmaxEnd, stochasticSettings } from './solver-options.js';
import { stageLines, terminal } from './terminal.js';
import { version } from './version.js';

/** What a command line of `probe` comes to. */
interface ProbeInputs {
  readonly cache: Cache;
  readonly columns: readonly CachedColumn[];
  readonly samples: PerSplit<SampleTable>;
  readonly labelSets: readonly ProbeLabelSet[];
  readonly options: RunRecord['options'];
  readonly stochastic: StochasticSettings | undefined;
}

async function readSamples(cache: Cache): Promise<PerSplit<SampleTable>> {
  const [train, valid, test] = await Promise.all(SPLITS.map((split) => readSampleTable(cache, split)));
  if (train === undefined || valid === undefined || test === undefined)
    throw new Error('three splits, three tables');
  return { train, valid, test };
}

async function openInputs(values: ProbeValues): Promise<ProbeInputs> {
  const kind = values.probe ?? 'softmax';
  const stochastic = stochasticSettings(values, kind);
  const l2 = l2Of(values);
  const directory = values.cache ?? defaultCache(EMBEDDED_DATASET, basename(EMBEDDED_MODEL));
  const cache = await openCache(directory);
  const columns = selectColumns(cache, { taps: values.taps, reductions: values.reduce });
  for (const column of columns) requireComplete(cache, column);
  const samples = await readSamples(cache);
  const seed = values.seed ?? 0;
  const seeds = values.seeds ?? 1;
  const labelSets = await probeLabelSets(cache, samples, { asked: values.labels, seed, seeds });
  const options = {
    cache: directory,
    out: values.out ?? defaultRun(directory),
    taps: [...new Set(columns.map(({ tap }) => tap.name))],
    reductions: [...new Set(columns.map(({ reduction }) => reduction))],
    labels: [...(values.labels ?? labelSets.map(({ name }) => name))],
    kind,
    l2,
    seed,
    ...softmaxEnd(values, kind),
    folds: values.folds ?? 0,
    seeds,
    memoryBytes: values.memory ?? Math.round((process.availableMemory() * 2) / 3),
    backend: values.backend ?? 'auto',
    ...(stochastic && { ...stochastic, rates: [...stochastic.rates] }),
  };
  return { cache, columns, samples, labelSets, options, stochastic };
}

function l2Of({ l2, probe = 'softmax' }: ProbeValues): RunRecord['options']['l2'] {
  if (isStochastic(probe)) return [...(l2 ?? [0])];
  if (probe === 'softmax') return l2 === undefined ? 'auto' : [...l2];
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
  const names = found.filter((name) => name !== PARTS_FOLDER && !name.startsWith(STAGING_PREFIX));
  if (names.length === 0 || names.includes(RUN_FILE) || names.includes(MEASUREMENTS_FILE)) return;
  throw new UserError(
    `out folder holds something other than a run: ${out} (${names[0]}; give another --out)`,
  );
}

/**
 * The results that the run's folder keeps. Memory and threads are not part of what they are known by: they change
 * numbers by rounding, and where memory is short by how soon within the tolerance the solver stops.
 */
function keptResults(inputs: ProbeInputs, backend: Backend, fresh: boolean): Promise<KeptResults> {
  const { cache: _, out, taps, reductions, labels, memoryBytes, ...training } = inputs.options;
  const { name, version, kernels = null } = backend;
  const computing = { name, version, kernels, native: nativeSoftmax() !== undefined };
  const l2 = training.l2 === 'auto' ? training.l2 : [...new Set(training.l2)].sort((a, b) => b - a);
  return openParts(out, {
    cache: inputs.cache,
    training: { ...training, l2, backend: computing },
    fresh,
    onDamage: terminal.warn,
  });
}

async function train(
  inputs: ProbeInputs,
  running: { readonly clock: StageClock; readonly signal: AbortSignal; readonly kept: KeptResults },
): Promise<SweptColumn[]> {
  const { columns } = inputs;
  const progress = startProbeProgress(columns);
  const results: SweptColumn[] = [];
  try {
    const swept = sweep({ ...inputs.options, ...inputs, ...running, onProgress: progress.onPass });
    for await (const result of swept) {
      results.push(result);
      progress.onColumn(result);
    }
  } finally {
    progress.end();
  }
  if (running.signal.aborted) throw new InterruptedError('probing was interrupted');
  return results;
}

/** What was not trained because an earlier run did; undefined where there was no such thing. */
function keptLine(results: readonly SweptColumn[], { labelSets, options }: ProbeInputs): string | undefined {
  const all = results.length * labelSets.length;
  const trained = results.reduce((sum, { trainedLabelSets }) => sum + trainedLabelSets, 0);
  if (trained === all) return undefined;
  const rest = trained === 0 ? 'nothing was trained' : `${trained} were trained`;
  return (
    `${all - trained} of ${all} (columns x label sets) are kept from earlier in ${options.out}, ${rest} ` +
    '(--fresh trains all again)'
  );
}

/** Carries out `strata probe` and returns its exit code. */
export async function probe(values: ProbeValues): Promise<number> {
  const started = new Date();
  const clock = new StageClock();
  const inputs = await clock.time('open', () => openInputs(values));
  const { options, labelSets } = inputs;
  await checkOut(options.out);
  if (
    options.seeds > 1 &&
    options.folds === 0 &&
    labelSets.every(({ otherDraws = [] }) => otherDraws.length === 0)
  )
    terminal.warn('--seeds changes nothing here: only --folds and the label set `random` are drawn');
  const backend = await loadBackend(values.backend ?? 'auto');
  if (backend.reason !== undefined) terminal.warn(`computing with WebAssembly, slower: ${backend.reason}`);
  // Heard to the end: a run whose training is done is written whole, whatever is pressed meanwhile.
  const interrupt = listenForInterrupt(
    'stopping (what is trained is kept: the same command goes on from there)',
  );
  try {
    const kept = await keptResults(inputs, backend, values.fresh === true);
    const results = await train(inputs, { clock, signal: interrupt.stop, kept });
    const line = keptLine(results, inputs);
    if (line !== undefined) terminal.note(line);
    const measurements = results.flatMap((result) => result.measurements);
    const run = runRecordOf({ ...inputs, version, started, measurements, backend, clock });
    const files = await clock.time('report', () =>
      writeResults(options.out, {
        run,
        topology: topologyOf(inputs.cache.manifest),
        measurements,
        predictions: results.flatMap((result) => result.predictions),
        weights: results.flatMap((result) => result.weights),
      }),
    );
    const steps = await readSteps(options.out);
    printResults({ json: values.json === true, run, measurements, steps, files });
    const read = labelSets[0]?.labels.train.length ?? 0;
    const passes = results.reduce((sum, { trainedPasses }) => sum + trainedPasses, 0);
    if (passes > 0) clock.add('probe', 0, passes * read);
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
  readonly steps: readonly Step[];
  readonly files: readonly string[];
}): void {
  const { json, run, measurements, steps, files } = results;
  for (const line of leftOut(run)) terminal.note(line);
  for (const warning of runWarnings(measurements, { mostTaps: 6 })) terminal.warn(warning);
  if (json) terminal.printJson({ run, measurements, steps, files });
  else terminal.print(`${resultText(measurements, run, { table: 'short', steps })}\n`);
  terminal.note(`report: ${files.find((file) => file.endsWith('report.html'))}`);
}
