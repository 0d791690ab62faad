import type { CheckpointRun } from './checkpoint-run.js';
import {
  comparedSplit,
  mostSeeds,
  probePlaces,
  type StepGroup,
  stepGroups,
  valueAt,
} from './checkpoint-values.js';
import { countText, percentText } from './number-text.js';

/** A run of checkpoints in a few sentences: what was probed, and for each label set its error at both ends. */
export function checkpointSummary(run: CheckpointRun): readonly string[] {
  const labelSets = new Set(run.results.flatMap((result) => result.run.labelSets.map(({ name }) => name)));
  return [openingOf(run), ...[...labelSets].flatMap((labelSet) => sentenceOf(run, labelSet))];
}

function openingOf({ record, results }: CheckpointRun): string {
  const probes = results.reduce((sum, { measurements }) => sum + measurements.length, 0);
  const groups = stepGroups(results);
  const seeds = mostSeeds(results);
  const steps = groups.length === 1 ? (groups[0]?.name ?? '') : `${groups.length} steps of training`;
  const over = seeds > 1 ? ` and ${seeds} seeds` : '';
  return `${countText(probes)} linear probes on ${record.network} over ${record.dataset} at ${steps}${over}.`;
}

function sentenceOf({ results }: CheckpointRun, labelSet: string): readonly string[] {
  const places = probePlaces(results, labelSet);
  const [first, last] = [places[0], places.at(-1)];
  if (first === undefined || last === undefined) return [];
  const split = comparedSplit(results);
  const groups = stepGroups(results);
  const ends = groups.length === 1 ? groups : [groups[0]!, groups.at(-1)!];
  const text = (group: StepGroup, place: typeof first) => {
    const value = valueAt(group, place, { quantity: 'error', split });
    return value === null ? 'unknown' : `${percentText(value.mean, value.samples)} %`;
  };
  const courses = ends.map((group) =>
    places.length === 1
      ? `${text(group, first)} at ${group.name}`
      : `from ${text(group, first)} at ${first.tap} to ${text(group, last)} at ${last.tap} at ${group.name}`,
  );
  return [
    `${labelSet}: the ${split} error ${places.length === 1 ? 'is' : 'goes'} ${courses.join(', and ')}.`,
  ];
}
