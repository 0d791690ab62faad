import type { Backend } from '../backend/backend.js';
import { nativeSoftmax, type Products } from '../backend/softmax.js';
import { InterruptedError } from '../errors.js';
import type { KeptResults } from '../probe/kept-results.js';
import type { Measurement } from '../probe/measurement.js';
import { type SweptColumn, sweep } from '../probe/sweep.js';
import { readDepthSteps } from '../report/depth-step-table.js';
import type { DepthStep } from '../report/depth-steps.js';
import { writeResults } from '../report/report.js';
import { openParts } from '../report/result-parts.js';
import type { RunRecord } from '../report/run-record.js';
import type { StageClock } from '../stage-clock.js';
import { type Topology, topologyOf } from '../store/topology.js';
import type { ProbeInputs } from './probe-inputs.js';
import type { ProbeValues } from './probe-options.js';
import { startProbeProgress } from './probe-progress.js';
import { runRecordOf } from './run-record-of.js';
import { terminal } from './terminal.js';
import { version } from './version.js';

/**
 * The results that the run's folder keeps. Memory and threads are not part of what they are known by: they change
 * numbers by rounding, and where memory is short by how soon within the tolerance the solver stops.
 */
function keptResults(
  inputs: ProbeInputs,
  { backend, products, fresh }: { backend: Backend; products: Products; fresh: boolean },
): Promise<KeptResults> {
  const { cache: _, out, taps, reductions, labels, memoryBytes, ...training } = inputs.options;
  const { name, version, kernels = null } = backend;
  const computing = { name, version, kernels, native: nativeSoftmax() !== undefined, products };
  const l2 = training.l2 === 'auto' ? training.l2 : [...new Set(training.l2)].sort((a, b) => b - a);
  return openParts(out, {
    cache: inputs.cache,
    training: { ...training, l2, backend: computing },
    fresh,
    onDamage: terminal.warn,
  });
}

/** What is left of the memory that a run may take: the program and its libraries have some of it already. */
function leftOf(memoryBytes: number): number {
  return Math.max(memoryBytes / 4, memoryBytes - process.memoryUsage.rss());
}

async function train(
  inputs: ProbeInputs,
  running: {
    readonly clock: StageClock;
    readonly signal: AbortSignal;
    readonly kept: KeptResults;
    readonly title: string;
  },
): Promise<SweptColumn[]> {
  const { columns } = inputs;
  const progress = startProbeProgress(columns, running.title);
  const results: SweptColumn[] = [];
  try {
    const memoryBytes = leftOf(inputs.options.memoryBytes);
    const swept = sweep({
      ...{ ...inputs.options, ...inputs, ...running, memoryBytes },
      onProgress: progress.onPass,
    });
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

/** A run that is written: its record, its probes and its files. */
export interface ProbedCache {
  readonly run: RunRecord;
  readonly measurements: readonly Measurement[];
  readonly files: readonly string[];
  readonly topology: Topology;
  readonly steps: readonly DepthStep[];
}

/** What the probing of one cache is done with. */
export interface ProbeTools {
  readonly backend: Backend;
  readonly products: Products;
  readonly clock: StageClock;
  readonly stop: AbortSignal;
  /** What stands before its progress. */
  readonly title: string;
}

/** Trains the probes of one cache and writes its run. */
export async function probeCache(
  values: ProbeValues,
  inputs: ProbeInputs,
  { backend, products, clock, stop, title }: ProbeTools,
): Promise<ProbedCache> {
  const started = new Date();
  const { options, labelSets } = inputs;
  const kept = await keptResults(inputs, { backend, products, fresh: values.fresh === true });
  const results = await train(inputs, { clock, signal: stop, kept, title });
  const line = keptLine(results, inputs);
  if (line !== undefined) terminal.note(line);
  const measurements = results.flatMap((result) => result.measurements);
  const run = runRecordOf({ ...inputs, version, started, measurements, backend, products, clock });
  const topology = topologyOf(inputs.cache.manifest);
  const files = await clock.time('report', () =>
    writeResults(options.out, {
      run,
      topology,
      measurements,
      predictions: results.flatMap((result) => result.predictions),
      weights: results.flatMap((result) => result.weights),
    }),
  );
  const read = labelSets[0]?.labels.train.length ?? 0;
  const passes = results.reduce((sum, { trainedPasses }) => sum + trainedPasses, 0);
  if (passes > 0) clock.add('probe', 0, passes * read);
  return { run, measurements, files, topology, steps: await readDepthSteps(options.out) };
}
