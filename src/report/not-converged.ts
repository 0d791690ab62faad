import type { Measurement } from '../probe/measurement.js';

/** What stands before a number of a probe that did not converge, and nothing for the others. */
export function convergenceMark({ converged }: Pick<Measurement, 'converged'>): '*' | '' {
  return converged ? '' : '*';
}

/** The line that explains the mark below a table; none where every probe shown converged. */
export function convergenceLines(
  rows: readonly Measurement[],
  tolerance: number | undefined,
): readonly string[] {
  if (rows.every(({ converged }) => converged)) return [];
  if (rows.every(({ learningRate }) => learningRate === null))
    return [
      `* not converged: the gap is above the tolerance${tolerance === undefined ? '' : `, ${tolerance} of the objective`}`,
    ];
  return ['* not converged: not ended by patience, so more epochs may lower the loss on valid'];
}
