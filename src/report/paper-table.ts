import type { Measurement } from '../probe/measurement.js';
import { hasSeveralReductions, selectedOf } from './depth-order.js';
import { convergenceLines, convergenceMark } from './not-converged.js';
import type { RunRecord } from './run-record.js';
import type { Table, TableColumnHead } from './table.js';

const COLUMNS: readonly TableColumnHead[] = [
  { title: 'layer name', align: 'left' },
  { title: 'topology', align: 'left' },
  { title: 'probe valid prediction error', align: 'right' },
];
const REDUCTION: TableColumnHead = { title: 'reduction', align: 'left' };

/**
 * The table of the paper's Figure 4a: layer name, topology and the probe's prediction error on valid as a
 * fraction, with a blank line wherever the topology changes.
 */
export function paperTable(measurements: readonly Measurement[], run: RunRecord): Table {
  const showsReduction = hasSeveralReductions(measurements);
  const sections = run.labelSets.map(({ name, chance }) => {
    const rows = rowsOf(selectedOf(measurements, name), showsReduction);
    return {
      title: name,
      columns: showsReduction ? [...COLUMNS, REDUCTION] : COLUMNS,
      rows,
      taps: rows.map((row) => row?.[0] ?? null),
      footer: [
        ...convergenceLines(selectedOf(measurements, name), run.options.tolerance),
        ...(chance.valid === null
          ? []
          : [`chance: ${chance.valid.error.toFixed(3)} (the best constant prediction on valid)`]),
      ],
    };
  });
  return { sections: sections.filter(({ rows }) => rows.length > 0) };
}

function rowsOf(
  rows: readonly Measurement[],
  showsReduction: boolean,
): readonly (readonly string[] | null)[] {
  return rows.flatMap((row, index) => {
    const cells = [row.tap, topology(row.shape), `${convergenceMark(row)}${row.valid.error.toFixed(3)}`];
    const before = rows[index - 1];
    const line = showsReduction ? [...cells, row.reduction] : cells;
    return before === undefined || before.shape === row.shape ? [line] : [null, line];
  });
}

/** `28x28x256` as the paper writes it: `(28, 28, 256)`. */
function topology(shape: string): string {
  return `(${shape.split('x').join(', ')})`;
}
