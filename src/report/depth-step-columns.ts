import type { Measurement } from '../probe/measurement.js';
import { type DepthStep, type DepthVerdict, noiseText, stepTo, verdictOf } from './depth-steps.js';
import { type Column, NONE } from './measurement-column.js';
import { intervalText, percentText, probabilityText } from './number-text.js';

/** What stands before a change that is larger than the noise. */
const MARKS: Readonly<Record<DepthVerdict, string>> = { falls: '↓', rises: '↑', 'within noise': '' };

/**
 * The change of the error against the tap before, marked where it is beyond noise; on pages its interval and its p-value
 * too, and where there are folds the change over them. None without steps.
 */
export function stepColumns(rows: readonly Measurement[], steps: readonly DepthStep[]): readonly Column[] {
  if (rows.every((row) => stepTo(steps, row) === undefined)) return [];
  const hasFolds = steps.some(({ folds }) => folds !== null);
  const cell = (text: (step: DepthStep) => string) => (row: Measurement) => {
    const step = stepTo(steps, row);
    return step === undefined ? NONE : text(step);
  };
  return [
    { title: 'change', align: 'right', cell: cell(changeText) },
    {
      title: 'change 95 %',
      align: 'right',
      only: 'page',
      cell: cell(({ interval, samples }) => intervalText(interval, samples)),
    },
    ...(hasFolds
      ? [{ title: 'over folds', align: 'right' as const, only: 'page' as const, cell: cell(foldsText) }]
      : []),
    {
      title: 'p (Holm)',
      align: 'right',
      only: 'page',
      cell: cell(({ adjustedP }) => probabilityText(adjustedP)),
    },
  ];
}

/** A change in points, its sign always there and its mark first, so that digits stay below each other. */
export function changeText(step: DepthStep): string {
  const points = percentText(step.change, step.samples);
  return `${MARKS[verdictOf(step)]}${step.change > 0 ? '+' : ''}${points}`;
}

/** The change over the folds of train and its interval, in points. */
function foldsText({ folds, samples }: DepthStep): string {
  if (folds === null) return NONE;
  return `${percentText(folds.change, samples)} (${intervalText(folds.interval, samples)})`;
}

/** What the column is, and which steps it leaves out. */
export function stepLines(steps: readonly DepthStep[]): readonly string[] {
  if (steps.length === 0) return [];
  const shown = new Set(steps.map(({ to }) => JSON.stringify(to))).size;
  const others = steps.length - shown;
  const more = `${others} more steps, of taps that come from several probed ones, are in depth-steps.parquet`;
  return [
    `change: of the ${steps[0]!.split} error from the probed tap before; ↓, ↑: beyond ${noiseText(steps)} (p at most 0.05 by Holm)`,
    ...(steps.some(({ folds }) => folds !== null)
      ? []
      : ['the noise of the training sample is not in it (--folds adds it)']),
    ...(others === 0 ? [] : [more]),
  ];
}
