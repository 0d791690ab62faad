import { UserError } from '../errors.js';
import { columnText } from './column-label.js';
import { columnsOf, type RowPasses } from './row-passes.js';
import type { RowScores } from './score.js';

/** A trained probe over standardised features: logits = z W + b. */
export interface LinearProbe {
  readonly classes: number;
  /** (features, classes), row by row. */
  readonly weight: Float32Array | Float64Array;
  readonly bias: Float32Array | Float64Array;
}

/** A probe with the labels to score it by. */
export interface ScoreTask {
  readonly probe: LinearProbe;
  readonly labels: Int32Array;
}

/**
 * Scores probes on a split in one pass over its rows, side by side.
 *
 * @throws UserError where a probe says of a row what is no number.
 * @throws InterruptedError when the signal is raised.
 */
export async function scoreSplit(options: {
  readonly passes: RowPasses;
  readonly tasks: readonly ScoreTask[];
  readonly signal?: AbortSignal | undefined;
}): Promise<RowScores[]> {
  const { passes, tasks, signal } = options;
  const problems = tasks.map(({ probe, labels }) => ({ classes: probe.classes, labels }));
  const scores = await passes.score({ weights: wideWeights(tasks, passes.features), problems, signal });
  for (const { predicted } of scores) requireFinite(passes, predicted.indexOf(-1));
  return scores;
}

function requireFinite({ column, split }: RowPasses, row: number): void {
  if (row < 0) return;
  throw new UserError(
    `logits not finite: ${columnText(column)}, ${split} row ${row} (the weights of the probe are no numbers: lower ` +
      '--rates, raise --l2, or leave this tap out)',
  );
}

function wideWeights(tasks: readonly ScoreTask[], features: number): Float64Array {
  const columns = columnsOf(tasks.map(({ probe }) => probe));
  const wide = new Float64Array((features + 1) * columns);
  let column = 0;
  for (const { probe } of tasks) {
    const { classes, weight, bias } = probe;
    for (let row = 0; row < features; row++)
      wide.set(weight.subarray(row * classes, (row + 1) * classes), row * columns + column);
    wide.set(bias, features * columns + column);
    column += classes;
  }
  return wide;
}
