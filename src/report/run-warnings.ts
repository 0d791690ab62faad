import { fallsNotably } from '../probe/grow-grid.js';
import type { Measurement } from '../probe/measurement.js';
import { selectedBy } from '../probe/probe-kind.js';
import { hasSeveralReductions, inDepthOrder } from './depth-order.js';
import { countText, l2Text } from './number-text.js';

/**
 * What in a run's measurements calls for another run, in a few lines: selected l2 values and learning rates at either
 * end of the grid, where a better one may lie beyond, and probes that did not converge.
 *
 * @param controls - the names of label sets that are controls: no penalty is too large for them.
 * @param mostTaps - taps that a line names; the others are counted.
 */
export function runWarnings(
  measurements: readonly Measurement[],
  {
    controls = [],
    mostTaps = Number.POSITIVE_INFINITY,
  }: { readonly controls?: readonly string[]; readonly mostTaps?: number } = {},
): readonly string[] {
  const where = (rows: readonly Measurement[]) => placesText(rows, measurements, mostTaps);
  const early = measurements.filter(({ learningRate }) => learningRate !== null);
  const exact = measurements.filter(({ learningRate }) => learningRate === null);
  const judged = (rows: readonly Measurement[]) =>
    rows.filter(({ labelSet }) => !controls.includes(labelSet));
  return [
    ...edgeWarnings(judged(measurements), where, {
      name: 'l2',
      of: ({ l2 }) => l2,
      isLevel: (row) => isLevelAtEdge(row, measurements),
    }),
    ...edgeWarnings(judged(early), where, {
      name: 'learning rate',
      of: ({ learningRate }) => learningRate ?? 0,
      isLevel: () => false,
    }),
    ...convergenceWarnings(exact, where),
    ...epochWarnings(early, where),
  ];
}

type PlacesOf = (rows: readonly Measurement[]) => string;

function edgeWarnings(
  measurements: readonly Measurement[],
  where: PlacesOf,
  tried: {
    readonly name: string;
    readonly of: (row: Measurement) => number;
    /** Whether there is nothing to gain beyond the end that a row is at. */
    readonly isLevel: (row: Measurement) => boolean;
  },
): readonly string[] {
  const selected = measurements.filter((row) => row.selected);
  const ends = [
    { edge: Math.min, end: 'smallest', beyond: 'smaller' },
    { edge: Math.max, end: 'largest', beyond: 'larger' },
  ];
  return ends.flatMap(({ edge, end, beyond }) => {
    const rows = selected.filter((row) => {
      const grid = gridOf(row, measurements, tried.of);
      return grid.size > 1 && tried.of(row) === edge(...grid) && !tried.isLevel(row);
    });
    if (rows.length === 0) return [];
    const share = `${countText(rows.length)} of ${countText(selected.length)}`;
    const values = valuesText(rows.map(tried.of));
    return [
      `the ${end} ${tried.name} tried, ${values}, was selected in ${share} cases (try ${beyond} ones): ${where(rows)}`,
    ];
  });
}

/**
 * Whether what a probe was selected by hardly differs from that of its neighbour within the grid: a plateau, where a grid
 * that grows by itself ends too. Losses that are infinite, for a class that train lacks, say nothing: the error does.
 */
function isLevelAtEdge(row: Measurement, all: readonly Measurement[]): boolean {
  const grid = ownGrid(row, all)
    .filter(({ learningRate }) => learningRate === row.learningRate)
    .sort((a, b) => a.l2 - b.l2);
  const neighbour = grid[row.l2 === grid[0]?.l2 ? 1 : grid.length - 2];
  if (neighbour === undefined) return false;
  const byLoss = selectedBy(row.probe) === 'loss' && Number.isFinite(neighbour.valid.loss);
  const of = ({ valid }: Measurement) => (byLoss ? valid.loss : valid.error);
  return !fallsNotably(of(neighbour), of(row));
}

/** The values that a probe was selected among: each tap and label set may have a grid of its own. */
function gridOf(
  row: Measurement,
  all: readonly Measurement[],
  of: (row: Measurement) => number,
): ReadonlySet<number> {
  return new Set(ownGrid(row, all).map(of));
}

function ownGrid(
  { tap, reduction, labelSet }: Measurement,
  all: readonly Measurement[],
): readonly Measurement[] {
  return all.filter((row) => row.tap === tap && row.reduction === reduction && row.labelSet === labelSet);
}

function valuesText(tried: readonly number[]): string {
  const values = [...new Set(tried)].sort((a, b) => a - b);
  return values.length === 1 ? l2Text(values[0]!) : `${l2Text(values[0]!)} to ${l2Text(values.at(-1)!)}`;
}

function convergenceWarnings(measurements: readonly Measurement[], where: PlacesOf): readonly string[] {
  const rows = measurements.filter(({ converged }) => !converged);
  if (rows.length === 0) return [];
  const share = `${countText(rows.length)} of ${countText(measurements.length)}`;
  const gap = rows.reduce((most, { optimalityGap }) => Math.max(most, optimalityGap), 0);
  return [
    `${share} probes did not converge and are up to ${gap.toPrecision(2)} nats above the optimum ` +
      `(try a larger --max-passes or --tolerance): ${where(rows)}`,
  ];
}

/** A bank always has rates that are too slow to end: only selected probes matter. */
function epochWarnings(measurements: readonly Measurement[], where: PlacesOf): readonly string[] {
  const selected = measurements.filter((row) => row.selected);
  const rows = selected.filter(({ converged }) => !converged);
  if (rows.length === 0) return [];
  const share = `${countText(rows.length)} of ${countText(selected.length)}`;
  return [
    `${share} selected probes were not ended by patience: they had epochs left to improve in, or diverged ` +
      `(try a larger --epochs): ${where(rows)}`,
  ];
}

/** The taps of some rows in depth order, each with its label sets where the run has several. */
function placesText(rows: readonly Measurement[], all: readonly Measurement[], mostTaps: number): string {
  const several = hasSeveralReductions(all);
  const places = new Map<string, Set<string>>();
  for (const { tap, reduction, labelSet } of inDepthOrder(rows)) {
    const name = several ? `${tap} ${reduction}` : tap;
    places.set(name, (places.get(name) ?? new Set()).add(labelSet));
  }
  const oneLabelSet = all.every(({ labelSet }) => labelSet === all[0]?.labelSet);
  const texts = [...places].map(([name, sets]) => (oneLabelSet ? name : `${name} (${[...sets].join(', ')})`));
  const more = texts.length - mostTaps;
  return `${texts.slice(0, mostTaps).join(', ')}${more > 0 ? ` and ${more} more, in the report` : ''}`;
}
