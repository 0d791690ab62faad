import { InterruptedError } from '../../../src/errors.js';
import { openRows, type SplitRows } from '../../../src/probe/open-rows.js';
import { type ProbeLabels, prepareLabels } from '../../../src/probe/probe-labels.js';
import type { RowPasses, WideProblem, WideSums, WideWeights } from '../../../src/probe/row-passes.js';
import { trainSoftmax } from '../../../src/probe/train-softmax.js';
import { openCache } from '../../../src/read/cache.js';
import { featureSource } from '../../../src/read/feature-source.js';
import { alignLabels } from '../../../src/read/label-sets.js';
import { readSampleTable } from '../../../src/read/samples.js';
import { SPLITS, type Split } from '../../../src/split.js';
import type { Curve } from './curve.js';
import type { StrataProblem } from './probe-peers.js';

/** A column of a cache with one label set, ready to train on: in memory, standardised. */
export interface OpenColumn {
  readonly rows: SplitRows;
  readonly labels: ProbeLabels;
}

/** Enough for every problem here to stay in memory. */
const AMPLE_BYTES = 8e9;

async function eachSplit<T>(make: (split: Split) => Promise<T>) {
  const [train, valid, test] = await Promise.all(SPLITS.map(make));
  return { train: train!, valid: valid!, test: test! };
}

/** Opens a column of a cache as the trainer does; with less memory than the features take twice, they are streamed. */
export async function openColumn(
  { cache: directory, tap, labels: labelSet }: StrataProblem,
  memoryBytes = AMPLE_BYTES,
): Promise<OpenColumn> {
  const cache = await openCache(directory);
  const column = cache.columns.find((one) => one.tap.name === tap);
  if (column === undefined) throw new Error(`${directory}: no tap ${tap}`);
  const label = { tap, reduction: column.reduction };
  const sources = await eachSplit((split) => featureSource(cache, column, split));
  const samples = await eachSplit((split) => readSampleTable(cache, split));
  const source = { kind: 'stored', name: labelSet } as const;
  const set = {
    name: labelSet,
    classes: cache.manifest.identity.labelSets[labelSet]?.classes ?? [],
    labels: await eachSplit(async (split) => alignLabels(samples[split], source)),
  };
  const counts = { train: sources.train.rows, valid: sources.valid.rows, test: sources.test.rows };
  const labels = prepareLabels(set, counts, label);
  const options = { column: label, sources, columns: labels.present.length };
  return { rows: await openRows({ ...options, memoryBytes }), labels };
}

/** What to train, and when to stop. */
export interface FitCommand {
  /** Falling. With several values there is no curve. */
  readonly l2: readonly number[];
  readonly tolerance: number;
  /** Stops when the objective is as low, or after so many seconds. */
  readonly target?: number;
  readonly limit?: number;
}

/** What the trainer came to. */
export interface Fit {
  readonly seconds: number;
  readonly curve: Curve;
  readonly passes: number;
  /** For each l2 value; empty when training was stopped. */
  readonly objectives: readonly number[];
  readonly gaps: readonly number[];
}

/**
 * Trains one column's softmax probes. The curve is what the passes say: every point the solver asks about has its
 * objective taken down at the end of that pass, with ||W||^2 from the weights asked about (the basis is orthogonal).
 */
export async function fitColumn(column: OpenColumn, command: FitCommand): Promise<Fit> {
  const { l2, tolerance, target = Number.NEGATIVE_INFINITY, limit = Number.POSITIVE_INFINITY } = command;
  const stop = new AbortController();
  const curve: [number, number][] = [];
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const watched = watch(column.rows.passes.train, (sums, { weights }) => {
    const { features } = column.rows.standardisation;
    const objective = objectiveOf(sums, weights, { column, features, l2: l2[0]! });
    if (l2.length === 1) curve.push([seconds(), objective]);
    if (seconds() > limit || (l2.length === 1 && objective <= target)) stop.abort();
  });
  const trained = await trainSoftmax({
    ...{ passes: watched.passes, validPasses: column.rows.passes.valid, labels: [column.labels], l2 },
    ...{ seed: 0, tolerance, maxPasses: 3000, solverBytes: AMPLE_BYTES / 4, signal: stop.signal },
  }).catch((error: unknown) => {
    if (!(error instanceof InterruptedError)) throw error;
    return [[]];
  });
  const ended = { seconds: seconds(), curve, passes: watched.count() };
  const probes = trained[0]!;
  const objectives: number[] = [];
  for (const { probe, l2: own } of probes) objectives.push(await exactly(column, probe, own));
  return { ...ended, objectives, gaps: probes.map(({ gap }) => gap) };
}

/** The same passes, with something done after each that sums. */
function watch(passes: RowPasses, after: (sums: WideSums, work: WideWeights<WideProblem>) => void) {
  let count = 0;
  const accumulate = async (work: WideWeights<WideProblem>) => {
    const sums = await passes.accumulate(work);
    count += 1;
    after(sums, work);
    return sums;
  };
  const watched = new Proxy(passes, {
    get(target, name) {
      if (name === 'accumulate') return accumulate;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { passes: watched, count: () => count };
}

function objectiveOf(
  sums: WideSums,
  weights: Float32Array | Float64Array,
  { column, features, l2 }: { column: OpenColumn; features: number; l2: number },
): number {
  const { labels } = column;
  let squares = 0;
  for (let at = 0; at < features * labels.present.length; at++) squares += weights[at]! ** 2;
  return sums.problems[0]!.loss / labels.labelled.train + (l2 / 2) * squares;
}

/** The objective of a probe, by a pass of its own. */
async function exactly(
  column: OpenColumn,
  { classes, weight, bias }: { classes: number; weight: ArrayLike<number>; bias: ArrayLike<number> },
  l2: number,
): Promise<number> {
  const weights = new Float32Array(weight.length + bias.length);
  weights.set(weight);
  weights.set(bias, weight.length);
  const problems = [{ classes, labels: column.labels.labels.train, curvature: false }];
  const sums = await column.rows.passes.train.accumulate({ weights, problems });
  return objectiveOf(sums, weights, { column, features: column.rows.standardisation.features, l2 });
}
