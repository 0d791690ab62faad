import { checkpointText } from '../checkpoint.js';
import type { Measurement } from '../probe/measurement.js';
import type { PairedCounts } from '../probe/paired-difference.js';
import type { Topology } from '../store/topology.js';
import type { CheckpointRun } from './checkpoint-run.js';
import { type DeadSegment, deadSegments, type TapError } from './dead-segments.js';
import { selectedOf } from './depth-order.js';
import type { DepthStep } from './depth-steps.js';
import { countText, percentText } from './number-text.js';
import { quotedSplit } from './quoted-split.js';
import type { RunRecord } from './run-record.js';
import type { SegmentGain } from './segment-gain.js';

/** The part of a run that its dead segments are found from. */
export interface DeadSegmentSource {
  readonly run: Pick<RunRecord, 'labelSets'>;
  readonly measurements: readonly Measurement[];
  /** Which samples differ between probes that follow each other; empty in runs of earlier versions. */
  readonly steps: readonly DepthStep[];
  /** The network as a graph; without it nothing is found. */
  readonly topology: Topology | undefined;
}

/** The dead segments of a run and those that may be, and what is needed to say so. */
export interface FoundSegments {
  readonly split: 'valid' | 'test';
  readonly chance: number;
  readonly segments: readonly DeadSegment[];
}

/**
 * The dead segments that a run shows, by the label set that the network was trained for: `label`, or the first. Other
 * label sets are factors that a network may well forget on one of its paths.
 *
 * @param networks - how many runs are looked at together, such as those of checkpoints.
 */
export function findDeadSegments(
  { run, measurements, steps, topology }: DeadSegmentSource,
  networks = 1,
): FoundSegments {
  const known = run.labelSets.filter(({ controlOf }) => controlOf === null);
  const record = known.find(({ name }) => name === 'label') ?? known[0];
  const rows = record === undefined ? [] : selectedOf(measurements, record.name);
  const split = quotedSplit(rows);
  const chance = record?.chance[split]?.error ?? null;
  if (record === undefined || topology === undefined || chance === null)
    return { split, chance: 1, segments: [] };
  const best = bestRows(rows, split);
  const errors = [...best].map(([tap, row]) => {
    const { error, samples } = row[split]!;
    return { tap, error, samples };
  });
  const own = steps.filter((step) => step.labelSet === record.name && step.split === split);
  const changeOf = (from: TapError, to: TapError) => countsOf(own, best.get(from.tap)!, best.get(to.tap)!);
  return {
    split,
    chance,
    segments: deadSegments({ taps: topology.taps, errors, chance, changeOf, networks }),
  };
}

/** Of a tap that was probed under several reductions, the probe that errs least on valid. */
function bestRows(rows: readonly Measurement[], split: 'valid' | 'test'): ReadonlyMap<string, Measurement> {
  const best = new Map<string, Measurement>();
  for (const row of rows) {
    const metrics = row[split];
    if (metrics === null || metrics.samples === 0) continue;
    if (row.valid.error < (best.get(row.tap)?.valid.error ?? Number.POSITIVE_INFINITY))
      best.set(row.tap, row);
  }
  return best;
}

function countsOf(steps: readonly DepthStep[], from: Measurement, to: Measurement): PairedCounts | undefined {
  const isOf = (end: DepthStep['from'], { tap, reduction }: Measurement) =>
    end.tap === tap && end.reduction === reduction;
  return steps.find((step) => isOf(step.from, from) && isOf(step.to, to));
}

/** What a line begins with. */
const TITLES: Readonly<Record<DeadSegment['verdict'], string>> = {
  dead: 'dead segment',
  undecided: 'possibly a dead segment, undecided',
};

/** A line for each dead segment of a run, and for each that may be one. */
export function deadSegmentLines(source: DeadSegmentSource): readonly string[] {
  const found = findDeadSegments(source);
  return found.segments.map(
    (segment) => `${TITLES[segment.verdict]}: ${nameOf(segment)}: ${storyOf(segment, found)}`,
  );
}

/**
 * A line for each dead segment of some checkpoints and for each that may be one: where it is, when, and what the last of
 * them says of it.
 */
export function checkpointDeadSegments({ results }: CheckpointRun): readonly string[] {
  const seen = new Map<string, { segment: DeadSegment; when: string[]; story: string }>();
  for (const result of results) {
    const found = findDeadSegments(result, results.length);
    for (const segment of found.segments) {
      const key = `${segment.verdict} ${nameOf(segment)}`;
      const before = seen.get(key)?.when ?? [];
      const when = [...before, checkpointText(result)];
      seen.set(key, { segment, when, story: storyOf(segment, found) });
    }
  }
  return [...seen.values()].map(({ segment, when, story }) => {
    const share = when.length === results.length ? 'at every checkpoint' : `at ${when.join('; ')}`;
    const title = TITLES[segment.verdict];
    const head = segment.verdict === 'dead' ? `${title} ${share}` : `${title}, ${share}`;
    return `${head}: ${nameOf(segment)}: at ${when.at(-1)} ${story}`;
  });
}

/** `layer_001 ... layer_064 (64 layers)` */
function nameOf({ first, last, taps }: DeadSegment): string {
  return first.tap === last.tap ? first.tap : `${first.tap} ... ${last.tap} (${countText(taps.length)} taps)`;
}

function storyOf(segment: DeadSegment, { split, chance }: FoundSegments): string {
  const { first, last, merge, after, bypass } = segment;
  const percent = ({ error, samples }: TapError) => `${percentText(error, samples)} %`;
  const course =
    first.tap === last.tap ? `is ${percent(last)}` : `goes from ${percent(first)} to ${percent(last)}`;
  const place = after.tap === merge ? merge : `${after.tap}, past ${merge},`;
  const level = `${percentText(chance, last.samples)} %`;
  return (
    `the ${split} error ${course}, chance being ${level}, while ${place} has ${percent(after)}: the signal bypasses it ` +
    `by ${bypass.tap} (${percent(bypass)}), ${gainText(segment)}`
  );
}

/** `over which add_1 gains 0.10 points (at least -0.30, at most 0.50, ...), which is less than 1.00` */
function gainText({ gain, verdict, merge, last }: DeadSegment): string {
  const points = (fraction: number) => percentText(fraction, last.samples);
  const what =
    gain.of === 'merge'
      ? `over which ${merge} gains ${points(gain.value)} points`
      : `and ${last.tap} is ${points(gain.value)} points below chance`;
  const { low, high } = gain.interval;
  const found = `${what} (at least ${points(low)}, at most ${points(high)}, each with 95 % confidence over all branches)`;
  if (verdict === 'dead') return `${found}, which is less than ${points(gain.margin)}`;
  return `${found}, not shown to be less than ${points(gain.margin)}${adviceOf(gain, merge)}`;
}

function adviceOf({ of }: SegmentGain, merge: string): string {
  return of === 'merge' ? '' : `; a probe at ${merge} itself would tell more`;
}
