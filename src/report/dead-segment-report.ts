import { checkpointText } from '../checkpoint.js';
import type { Measurement } from '../probe/measurement.js';
import { RANDOM_LABEL_SET } from '../probe/random-labels.js';
import type { Topology } from '../store/topology.js';
import type { CheckpointRun } from './checkpoint-run.js';
import { type DeadSegment, deadSegments, type TapError } from './dead-segments.js';
import { selectedOf } from './depth-order.js';
import { countText, percentText } from './number-text.js';
import { quotedSplit } from './quoted-split.js';
import type { RunRecord } from './run-record.js';

/** The part of a run that its dead segments are found from. */
export interface DeadSegmentSource {
  readonly run: Pick<RunRecord, 'labelSets'>;
  readonly measurements: readonly Measurement[];
  /** The network as a graph; without it nothing is found. */
  readonly topology: Topology | undefined;
}

/** The dead segments of a run, and what is needed to say so. */
export interface FoundSegments {
  readonly split: 'valid' | 'test';
  readonly chance: number;
  readonly segments: readonly DeadSegment[];
}

/**
 * The dead segments that a run shows, by the label set that the network was trained for: `label`, or the first. Other
 * label sets are factors that a network may well forget on one of its paths.
 */
export function findDeadSegments({ run, measurements, topology }: DeadSegmentSource): FoundSegments {
  const known = run.labelSets.filter(({ name }) => name !== RANDOM_LABEL_SET);
  const record = known.find(({ name }) => name === 'label') ?? known[0];
  const rows = record === undefined ? [] : selectedOf(measurements, record.name);
  const split = quotedSplit(rows);
  const chance = record?.chance[split]?.error ?? null;
  if (topology === undefined || chance === null) return { split, chance: 1, segments: [] };
  return { split, chance, segments: deadSegments(topology.taps, bestErrors(rows, split), chance) };
}

/** Of a tap that was probed under several reductions, the probe that errs least. */
function bestErrors(rows: readonly Measurement[], split: 'valid' | 'test'): readonly TapError[] {
  const best = new Map<string, TapError>();
  for (const row of rows) {
    const metrics = row[split];
    if (metrics === null || metrics.samples === 0) continue;
    const { error, samples } = metrics;
    if (error < (best.get(row.tap)?.error ?? Number.POSITIVE_INFINITY))
      best.set(row.tap, { tap: row.tap, error, samples });
  }
  return [...best.values()];
}

/** A line for each dead segment of a run. */
export function deadSegmentLines(source: DeadSegmentSource): readonly string[] {
  const found = findDeadSegments(source);
  return found.segments.map((segment) => `dead segment: ${nameOf(segment)}: ${storyOf(segment, found)}`);
}

/** A line for each dead segment of some checkpoints: where it is, when, and what the last of them says of it. */
export function checkpointDeadSegments({ results }: CheckpointRun): readonly string[] {
  const seen = new Map<string, { when: string[]; story: string }>();
  for (const result of results) {
    const found = findDeadSegments(result);
    for (const segment of found.segments) {
      const when = checkpointText(result);
      const before = seen.get(nameOf(segment))?.when ?? [];
      seen.set(nameOf(segment), { when: [...before, when], story: storyOf(segment, found) });
    }
  }
  return [...seen].map(([name, { when, story }]) => {
    const share = when.length === results.length ? 'at every checkpoint' : `at ${when.join('; ')}`;
    return `dead segment ${share}: ${name}: at ${when.at(-1)} ${story}`;
  });
}

/** `layer_001 ... layer_064 (64 layers)` */
function nameOf({ first, last, taps }: DeadSegment): string {
  return first.tap === last.tap ? first.tap : `${first.tap} ... ${last.tap} (${countText(taps.length)} taps)`;
}

function storyOf(
  { first, last, merge, after, bypass, evidence }: DeadSegment,
  { split, chance }: FoundSegments,
): string {
  const percent = ({ error, samples }: TapError) => `${percentText(error, samples)} %`;
  const course =
    first.tap === last.tap ? `is ${percent(last)}` : `goes from ${percent(first)} to ${percent(last)}`;
  const level = `${percentText(chance, last.samples)} %`;
  const meaning = evidence === 'at chance' ? `no better than chance (${level})` : `chance being ${level}`;
  const place = after.tap === merge ? merge : `${after.tap}, past ${merge},`;
  return (
    `the ${split} error ${course}, ${meaning}, while ${place} has ${percent(after)}: the signal bypasses it by ` +
    `${bypass.tap} (${percent(bypass)})`
  );
}
