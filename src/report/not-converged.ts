import type { Measurement } from '../probe/measurement.js';

/** What stands before a number of a probe that did not reach the tolerance, and nothing for the others. */
export function convergenceMark({ converged }: Pick<Measurement, 'converged'>): '*' | '' {
  return converged ? '' : '*';
}

/** The line that explains the mark below a table; none where every probe shown reached the tolerance. */
export function convergenceLines(rows: readonly Measurement[], tolerance: number): readonly string[] {
  return rows.every(({ converged }) => converged)
    ? []
    : [`* not converged: the gap is above the tolerance, ${tolerance} of the objective`];
}
