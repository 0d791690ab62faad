import { chanceLines } from './chance-lines.js';
import type { CheckpointRun } from './checkpoint-run.js';
import {
  comparedSplit,
  modelAt,
  mostSeeds,
  type ProbePlace,
  probePlaces,
  type StepGroup,
  type StepValue,
  stepGroups,
  valueAt,
} from './checkpoint-values.js';
import { memorisedLines } from './control-columns.js';
import { hasSeveralReductions } from './depth-order.js';
import { farthestEndLines } from './interval-columns.js';
import { convergenceLines, convergenceMark } from './not-converged.js';
import { percentText } from './number-text.js';
import type { Table, TableColumnHead, TableSection } from './table.js';

/** More steps than these are for pages; a terminal shows some of them, the first and the last among these. */
const MOST_STEPS = 10;

/**
 * Prediction error in % of the selected probes: a row for each tap (and reduction, where a tap has several) in depth
 * order, a column for each training step; over several seeds mean ± standard deviation. A section for each label set.
 */
export function checkpointTable(run: CheckpointRun): Table {
  const labelSets = new Set(run.results.flatMap((result) => result.run.labelSets.map(({ name }) => name)));
  const sections = [...labelSets].map((labelSet) => sectionOf(run, labelSet));
  return { sections: sections.filter(({ rows }) => rows.length > 0) };
}

function sectionOf(run: CheckpointRun, labelSet: string): TableSection {
  const split = comparedSplit(run.results);
  const groups = stepGroups(run.results);
  const seeds = mostSeeds(run.results);
  const places = probePlaces(run.results, labelSet);
  const shown = shownSteps(groups.length);
  const compared = { quantity: 'error', split } as const;
  const values = places.map((place) => groups.map((group) => valueAt(group, place, compared)));
  const rows = places.map((place, at) => [nameOf(run, place), ...values[at]!.map(cell)]);
  const own = groups.map((group) => cell(modelAt(group, labelSet, compared)));
  const over = seeds > 1 ? `, mean ± deviation over ${seeds} seeds` : '';
  return {
    labelSet,
    title: `${labelSet}: prediction error in % on ${split}, by training step${over}`,
    columns: [{ title: 'tap', align: 'left' }, ...groups.map((group, at) => headOf(group, shown.has(at)))],
    rows: own.every((text) => text === NONE) ? rows : [...rows, null, ['network itself', ...own]],
    taps: places.map(({ tap }) => tap),
    footer: [
      ...(seeds > 1 ? [] : intervalLines(values.flat())),
      ...footerOf(run, { labelSet, split, left: groups.length - shown.size }),
    ],
  };
}

function headOf({ step, name }: StepGroup, isShown: boolean): TableColumnHead {
  return {
    title: step === null ? name : String(step),
    align: 'right',
    ...(isShown ? {} : { only: 'page' as const }),
  };
}

/** Places of steps spread evenly from the first to the last. */
function shownSteps(count: number): ReadonlySet<number> {
  const shown = Math.min(count, MOST_STEPS);
  const stride = (count - 1) / Math.max(1, shown - 1);
  return new Set(Array.from({ length: shown }, (_, at) => Math.round(at * stride)));
}

function nameOf({ results }: CheckpointRun, { tap, reduction }: ProbePlace): string {
  const several = hasSeveralReductions(results.flatMap(({ measurements }) => measurements));
  return several ? `${tap} ${reduction}` : tap;
}

function intervalLines(values: readonly (StepValue | null)[]): readonly string[] {
  const some = values.flatMap((value) => {
    if (value === null || value.interval === null) return [];
    const { mean, interval, samples } = value;
    return [{ error: mean, interval, samples }];
  });
  return farthestEndLines(some, 'the CSVs');
}

const NONE = '-';

function cell(value: StepValue | null): string {
  if (value === null) return NONE;
  const { mean, sd, samples } = value;
  const spread = sd === null ? '' : ` ± ${percentText(sd, samples)}`;
  return `${convergenceMark(value)}${percentText(mean, samples)}${spread}`;
}

function footerOf(
  { results }: CheckpointRun,
  { labelSet, split, left }: { labelSet: string; split: 'valid' | 'test'; left: number },
): readonly string[] {
  const rows = results.flatMap(({ measurements }) =>
    measurements.filter((row) => row.selected && row.labelSet === labelSet),
  );
  const [first] = results;
  const record = first?.run.labelSets.find(({ name }) => name === labelSet);
  return [
    ...(record === undefined
      ? []
      : memorisedLines(
          record,
          results.map(({ measurements }) => measurements),
        )),
    ...convergenceLines(rows, first?.run.options.tolerance ?? 0),
    ...(record === undefined ? [] : chanceLines(record, split)),
    ...(left === 0 ? [] : [`${left} more steps are in the report`]),
  ];
}
