import { type ErrorInterval, intervalOf } from '../probe/error-interval.js';
import type { Measurement, SplitMetrics } from '../probe/measurement.js';
import type { CheckpointResult } from './checkpoint-run.js';
import { inDepthOrder } from './depth-order.js';
import { quotedSplit } from './quoted-split.js';

/** What is compared between checkpoints: prediction errors, fractions in [0, 1], or losses in nats. */
export type ComparedQuantity = 'error' | 'loss';

/** The checkpoints of one step: one, or one for each seed. */
export interface StepGroup {
  readonly step: number | null;
  /** `step 100`; of networks without steps what they have in common. */
  readonly name: string;
  readonly results: readonly CheckpointResult[];
}

/** A value at one step: of one checkpoint, or the mean over seeds. */
export interface StepValue {
  readonly mean: number;
  /** The standard deviation (of a sample) over seeds; null where there is one alone. */
  readonly sd: number | null;
  readonly count: number;
  /** Mean ± standard deviation over seeds, or the 95 % interval of one error; null for one loss. */
  readonly interval: ErrorInterval | null;
  /** Whether every probe behind it converged. */
  readonly converged: boolean;
  /** Samples behind each error. */
  readonly samples: number;
}

/** The steps in order, each with its checkpoints. */
export function stepGroups(results: readonly CheckpointResult[]): readonly StepGroup[] {
  const steps = [...new Set(results.map(({ step }) => step))].sort((a, b) => (a ?? -1) - (b ?? -1));
  return steps.map((step) => ({
    step,
    name: step === null ? 'the network' : `step ${step}`,
    results: results.filter((result) => result.step === step),
  }));
}

/** How many seeds there are at most at one step. */
export function mostSeeds(results: readonly CheckpointResult[]): number {
  return Math.max(...stepGroups(results).map((group) => group.results.length));
}

/** The split that all checkpoints are quoted on. */
export function comparedSplit(results: readonly CheckpointResult[]): 'valid' | 'test' {
  return quotedSplit(results.flatMap(({ measurements }) => measurements));
}

/** Which of a checkpoint's probes is meant. */
export interface ProbePlace {
  readonly tap: string;
  readonly reduction: string;
  readonly labelSet: string;
}

/** The places of the selected probes of one label set, in depth order. */
export function probePlaces(results: readonly CheckpointResult[], labelSet: string): readonly ProbePlace[] {
  const rows = results.flatMap(({ measurements }) => measurements);
  const own = inDepthOrder(rows.filter((row) => row.selected && row.labelSet === labelSet));
  const places = own.map(
    ({ tap, reduction }) => [`${tap}\n${reduction}`, { tap, reduction, labelSet }] as const,
  );
  return [...new Map(places).values()];
}

/** The value of one selected probe at one step; null where it was not trained. */
export function valueAt(
  { results }: StepGroup,
  place: ProbePlace,
  { quantity, split }: { readonly quantity: ComparedQuantity; readonly split: 'valid' | 'test' },
): StepValue | null {
  const rows = results.flatMap(({ measurements }) => selectedAt(measurements).get(keyOf(place)) ?? []);
  const metrics = rows.map((row) => row[split]);
  const value = summed(metrics, quantity);
  if (value === null) return null;
  return { ...value, converged: rows.every(({ converged }) => converged) };
}

function keyOf({ tap, reduction, labelSet }: ProbePlace): string {
  return JSON.stringify([tap, reduction, labelSet]);
}

const indexes = new WeakMap<readonly Measurement[], ReadonlyMap<string, Measurement>>();

/** The selected probes by place: looked up many times for each plot. */
function selectedAt(measurements: readonly Measurement[]): ReadonlyMap<string, Measurement> {
  const known = indexes.get(measurements);
  if (known !== undefined) return known;
  const selected = measurements.filter((row) => row.selected);
  const index = new Map(selected.map((row) => [keyOf(row), row]));
  indexes.set(measurements, index);
  return index;
}

/** What the networks themselves did at one step; null where they have no say. */
export function modelAt(
  { results }: StepGroup,
  labelSet: string,
  { quantity, split }: { readonly quantity: ComparedQuantity; readonly split: 'valid' | 'test' },
): StepValue | null {
  const records = results.flatMap(({ run }) => run.labelSets.filter(({ name }) => name === labelSet));
  return summed(
    records.map(({ model }) => model[split]),
    quantity,
  );
}

function summed(metrics: readonly (SplitMetrics | null)[], quantity: ComparedQuantity): StepValue | null {
  const some = metrics.filter((one) => one !== null && one.samples > 0) as readonly SplitMetrics[];
  const values = some.map((one) => one[quantity]).filter(Number.isFinite);
  const [first] = some;
  if (values.length === 0 || first === undefined) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = values.length === 1 ? null : Math.sqrt(squares / (values.length - 1));
  const own = quantity === 'error' ? intervalOf(first) : null;
  const most = quantity === 'error' ? 1 : Number.POSITIVE_INFINITY;
  const interval = sd === null ? own : { low: Math.max(0, mean - sd), high: Math.min(most, mean + sd) };
  return { mean, sd, count: values.length, interval, converged: true, samples: first.samples };
}
