import { type ErrorInterval, intervalOf } from '../probe/error-interval.js';
import type { Measurement } from '../probe/measurement.js';
import { encodeHiveValue } from '../store/layout.js';
import { csvNumber, csvText } from './csv-text.js';
import { hasSeveralReductions, inDepthOrder } from './depth-order.js';
import { l2Text } from './number-text.js';
import { quotedSplit } from './quoted-split.js';
import type { RunRecord } from './run-record.js';

/** Errors of a run as a map: a row for each tap, in depth order, and a column for each label set or l2 value. */
export interface HeatMap {
  /** The name of its files, without extension. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  /** What the columns are, and the key of marks; empty where there are none. */
  readonly columnsTitle: string;
  readonly key: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** The tap of each row. */
  readonly taps: readonly string[];
  readonly cells: readonly HeatCell[];
}

/** One error of a map. */
export interface HeatCell {
  readonly row: number;
  readonly column: number;
  /** Fractions: the error, its 95 % interval, and that of the best constant prediction on the same samples. */
  readonly error: number;
  readonly interval: ErrorInterval;
  readonly chance: number;
  readonly converged: boolean;
  /** Whether it is framed: the selected one of its row, where there is a choice. */
  readonly framed: boolean;
}

const SCALE = '100 = chance, the best constant prediction';

/** What each layer keeps and what it throws away: the quoted error of every tap and label set. */
export function errorByFactor(measurements: readonly Measurement[], run: RunRecord): HeatMap {
  const selected = measurements.filter((row) => row.selected);
  const split = quotedSplit(selected);
  const columns = run.labelSets.map(({ name }) => name);
  return {
    name: 'error-by-factor',
    title: `${split === 'test' ? 'Test' : 'Valid'} error by tap and label set, % of chance`,
    subtitle: `${run.names.model} on ${run.names.dataset}, ${SCALE}`,
    columnsTitle: 'label set',
    columns,
    ...rowsOf(selected, { split, columnOf: ({ labelSet }) => columns.indexOf(labelSet), run, frames: false }),
  };
}

/** The error on valid of every tap and l2 value of one label set: the selected ones are framed. */
export function errorByPenalty(
  measurements: readonly Measurement[],
  run: RunRecord,
  labelSet: string,
): HeatMap {
  return byTried(measurements, run, { labelSet, what: 'l2', of: ({ l2 }) => l2 });
}

/** The same of every tap and learning rate. */
export function errorByRate(measurements: readonly Measurement[], run: RunRecord, labelSet: string): HeatMap {
  return byTried(measurements, run, { labelSet, what: 'rate', of: ({ learningRate }) => learningRate });
}

/** Something of which several values are tried. */
interface Tried {
  readonly labelSet: string;
  readonly what: 'l2' | 'rate';
  readonly of: (row: Measurement) => number | null;
}

function byTried(
  measurements: readonly Measurement[],
  run: RunRecord,
  { labelSet, what, of }: Tried,
): HeatMap {
  const own = measurements.filter((row) => row.labelSet === labelSet);
  const values = [...new Set(own.flatMap((row) => of(row) ?? []))].sort((a, b) => b - a);
  const columnOf = (row: Measurement) => values.indexOf(of(row) ?? Number.NaN);
  return {
    name: `error-by-${what}.${encodeHiveValue(labelSet)}`,
    title: `Valid error by tap and ${what === 'l2' ? 'l2 value' : 'learning rate'}, % of chance`,
    subtitle: `${run.names.model} on ${run.names.dataset}, label set ${labelSet}, ${SCALE}`,
    columnsTitle: what === 'l2' ? 'l2' : 'learning rate',
    columns: values.map(l2Text),
    ...rowsOf(own, { split: 'valid', columnOf, run, frames: true }),
  };
}

/** Whether several l2 values, or learning rates, were tried for a label set: only then there is a map of them. */
export function hasSeveral(
  measurements: readonly Measurement[],
  labelSet: string,
  of: (row: Measurement) => number | null,
): boolean {
  return new Set(measurements.filter((row) => row.labelSet === labelSet).map(of)).size > 1;
}

interface CellChoices {
  readonly split: 'valid' | 'test';
  readonly columnOf: (row: Measurement) => number;
  readonly run: RunRecord;
  readonly frames: boolean;
}

function rowsOf(
  measurements: readonly Measurement[],
  choices: CellChoices,
): Pick<HeatMap, 'rows' | 'taps' | 'cells' | 'key'> {
  const several = hasSeveralReductions(measurements);
  const nameOf = ({ tap, reduction }: Measurement) => (several ? `${tap} ${reduction}` : tap);
  const tapOf = new Map(inDepthOrder(measurements).map((row) => [nameOf(row), row.tap]));
  const rows = [...tapOf.keys()];
  const chosen = new Map<string, { cell: HeatCell; loss: number }>();
  for (const measurement of measurements) {
    const cell = cellOf(measurement, rows.indexOf(nameOf(measurement)), choices);
    if (cell === null) continue;
    // Of probes with the same l2 and several rates, or the reverse, the one that selection prefers.
    const key = `${cell.row} ${cell.column}`;
    const held = chosen.get(key);
    const { loss } = measurement.valid;
    if (held === undefined || cell.framed || (!held.cell.framed && loss < held.loss))
      chosen.set(key, { cell, loss });
  }
  const cells = [...chosen.values()].map(({ cell }) => cell);
  const marks = [
    ...(cells.some(({ framed }) => framed) ? ['framed: selected'] : []),
    ...(cells.some(({ converged }) => !converged) ? ['*: not converged'] : []),
  ];
  return {
    rows,
    taps: [...tapOf.values()],
    cells: cells.sort((a, b) => a.row - b.row || a.column - b.column),
    key: marks.join('; '),
  };
}

function cellOf(
  row: Measurement,
  at: number,
  { split, columnOf, run, frames }: CellChoices,
): HeatCell | null {
  const metrics = row[split];
  const chance = run.labelSets.find(({ name }) => name === row.labelSet)?.chance[split]?.error;
  const column = columnOf(row);
  if (metrics === null || metrics.samples === 0 || !chance || column < 0) return null;
  const { converged, selected } = row;
  const { error } = metrics;
  return {
    row: at,
    column,
    error,
    interval: intervalOf(metrics),
    chance,
    converged,
    framed: frames && selected,
  };
}

/** An error as a part of chance, 1 for the same; more is possible. */
export function shareOfChance({ error, chance }: HeatCell): number {
  return error / chance;
}

/** What is printed in a cell: % of chance, with a decimal below 10, marked where the probe did not converge. */
export function cellText(cell: HeatCell): string {
  const share = 100 * shareOfChance(cell);
  return `${cell.converged ? '' : '*'}${share < 9.95 ? share.toFixed(1) : share.toFixed(0)}`;
}

/** The numbers of a map as CSV: a row for each cell. Errors are fractions. */
export function heatMapCsv({ rows, columns, columnsTitle, cells }: HeatMap): string {
  const head = ['tap', columnsTitle.replace(' ', '_'), 'error', 'low', 'high', 'chance', 'share_of_chance'];
  return csvText([
    [...head, 'converged', 'selected'],
    ...cells.map((cell) => [
      rows[cell.row]!,
      columns[cell.column]!,
      ...[cell.error, cell.interval.low, cell.interval.high, cell.chance, shareOfChance(cell)].map(csvNumber),
      String(cell.converged),
      String(cell.framed || columnsTitle === 'label set'),
    ]),
  ]);
}
