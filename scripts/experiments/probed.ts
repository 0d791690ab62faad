import type { Measurement } from '../../src/probe/measurement.js';
import type { RunRecord } from '../../src/report/run-record.js';

/** A stretch that strata found to be dead: where it begins and ends, and the merge at which it is bypassed. */
export interface FoundSegment {
  readonly first: { readonly tap: string };
  readonly last: { readonly tap: string };
  readonly merge: string;
  readonly evidence: string;
  readonly verdict: 'dead' | 'undecided';
}

/** The probes of one network, or of one checkpoint of it. */
export interface Probed {
  /** The training step, and the seed of the training; null where the network has none. */
  readonly step: number | null;
  readonly modelSeed: number | null;
  readonly measurements: readonly Measurement[];
  readonly run: Pick<RunRecord, 'cache' | 'labelSets' | 'seconds'>;
  readonly deadSegments: readonly FoundSegment[];
}

/** A run of `strata probe`. */
export interface ProbeRun {
  /** Each checkpoint, by seed and then by step, or the one network. */
  readonly probed: readonly Probed[];
  /** The files of the run: the page, pictures and their numbers. */
  readonly files: readonly string[];
}

/** What `strata probe --json` printed, of one cache or of those of several checkpoints. */
export function probeRunOf(printed: unknown): ProbeRun {
  const json = printed as Omit<Probed, 'step' | 'modelSeed'> &
    Pick<ProbeRun, 'files'> & { readonly checkpoints?: readonly Probed[] };
  const { checkpoints, files, ...one } = json;
  return { probed: checkpoints ?? [{ ...one, step: null, modelSeed: null }], files };
}

/** Whether a run trained anything, or found all of it done. */
export function hasTrained({ probed }: ProbeRun): boolean {
  return probed.some(({ run }) => (run.seconds.probe ?? 0) > 0);
}

/** Whether `strata extract --json` extracted anything, of one cache or of those of several checkpoints. */
export function hasExtracted(printed: unknown): boolean {
  const json = printed as {
    readonly samples?: number;
    readonly checkpoints?: readonly { readonly samples: number }[];
  };
  return (json.checkpoints ?? [{ samples: json.samples ?? 0 }]).some(({ samples }) => samples > 0);
}

/** Which probe of a network is meant; without a reduction or a label set the only one, and the classes. */
export interface ProbePlace {
  readonly tap: string;
  readonly reduction?: string;
  readonly labelSet?: string;
}

/**
 * The selected probe of a place.
 *
 * @throws RangeError where there is none.
 */
export function selectedProbe(
  { measurements }: Pick<Probed, 'measurements'>,
  place: ProbePlace,
): Measurement {
  const { tap, reduction, labelSet = 'label' } = place;
  const found = measurements.find(
    (row) =>
      row.selected &&
      row.tap === tap &&
      row.labelSet === labelSet &&
      (reduction === undefined || row.reduction === reduction),
  );
  if (found === undefined) throw new RangeError(`no probe of ${labelSet} at ${tap} ${reduction ?? ''}`);
  return found;
}

/** The error on test of the selected probe of a place, or on valid where there is no test split; a fraction. */
export function errorAt(probed: Pick<Probed, 'measurements'>, place: ProbePlace): number {
  const { test, valid } = selectedProbe(probed, place);
  return (test ?? valid).error;
}

/** The taps of a network with a selected probe, in depth order. */
export function tapsIn({ measurements }: Pick<Probed, 'measurements'>): readonly string[] {
  const rows = measurements.filter(({ selected }) => selected);
  return [...new Set([...rows].sort((a, b) => a.depth - b.depth).map(({ tap }) => tap))];
}

/** What the network itself did on test, or on valid where there is no test split: a fraction; undefined where it has no say. */
export function networkError({ run }: Pick<Probed, 'run'>): number | undefined {
  const own = run.labelSets.find(({ name }) => name === 'label')?.model;
  return (own?.test ?? own?.valid)?.error;
}

/** Mean and standard deviation (of a sample) of some numbers. */
export interface Spread {
  readonly mean: number;
  /** 0 for one number alone. */
  readonly deviation: number;
  readonly count: number;
}

/** Mean and standard deviation of at least one number. */
export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count < 2 ? 0 : Math.sqrt(squares / (count - 1)), count };
}

/** A fraction in percent with two decimals, without the sign. */
export function percent(fraction: number): string {
  return (100 * fraction).toFixed(2);
}

/** `1.23 ± 0.04`, in percent. */
export function percentSpread({ mean, deviation, count }: Spread): string {
  return count < 2 ? percent(mean) : `${percent(mean)} ± ${percent(deviation)}`;
}
