import { csvNumber, csvText } from './csv-text.js';
import type { Monotonicity } from './monotonicity.js';
import { countText, probabilityText } from './number-text.js';
import type { TableSection } from './table.js';

/** The numbers of {@link monotonicityTable} as a file of the run. */
export const MONOTONICITY_FILE = 'monotonicity.csv';

/** How steadily the error falls with depth, a row for each label set (and reduction, where taps have several). */
export function monotonicityTable(courses: readonly Monotonicity[]): TableSection {
  const showsReduction = courses.some(({ reduction }) => reduction !== null);
  const noises = [...new Set(courses.filter(({ steps }) => steps.all > 0).map(({ steps }) => steps.noise))];
  const right = (title: string) => ({ title, align: 'right' as const });
  return {
    title: 'Monotonicity: the error from tap to tap',
    columns: [
      { title: 'label set', align: 'left' },
      ...(showsReduction ? [{ title: 'reduction', align: 'left' } as const] : []),
      ...['taps', 'inversions', 'of pairs', "Kendall's tau", 'p', 'steps', 'falls', 'beyond noise'].map(
        right,
      ),
      ...['rises', 'beyond noise'].map(right),
    ],
    rows: courses.map((course) => [
      course.labelSet,
      ...(showsReduction ? [course.reduction ?? '-'] : []),
      ...[course.taps, course.inversions, course.pairs].map(countText),
      course.tau === null ? '-' : course.tau.toFixed(2),
      course.p === null ? '-' : probabilityText(course.p),
      ...stepCells(course),
    ]),
    footer: [
      'p: if taps were independent samples, which those of one network are not: a description, no test',
      ...noises.map((noise) => `beyond noise: ${noise}, p at most 0.05 by Holm`),
    ],
  };
}

/** Runs of earlier versions have no steps. */
function stepCells({ steps }: Monotonicity): readonly string[] {
  const { all, falls, fallsBeyondNoise, rises, risesBeyondNoise } = steps;
  if (all === 0) return ['-', '-', '-', '-', '-'];
  return [all, falls, fallsBeyondNoise, rises, risesBeyondNoise].map(countText);
}

const HEADER = [
  ...[
    'label_set',
    'reduction',
    'split',
    'taps',
    'pairs',
    'inversions',
    'ties',
    'kendall_tau_b',
    'p',
    'steps',
  ],
  ...['falls', 'falls_beyond_noise', 'rises', 'rises_beyond_noise'],
] as const;

/** The same as CSV; cells are empty where there is no number. */
export function monotonicityCsv(courses: readonly Monotonicity[]): string {
  const rows = courses.map(({ labelSet, reduction, split, taps, pairs, inversions, ties, tau, p, steps }) => [
    ...[labelSet, reduction ?? '', split],
    ...[taps, pairs, inversions, ties].map(String),
    ...[tau, p].map((value) => (value === null ? '' : csvNumber(value))),
    ...[steps.all, steps.falls, steps.fallsBeyondNoise, steps.rises, steps.risesBeyondNoise].map(String),
  ]);
  return csvText([HEADER, ...rows]);
}
