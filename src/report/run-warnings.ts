import type { Measurement } from '../probe/measurement.js';
import { RANDOM_LABEL_SET } from '../probe/random-labels.js';
import { hasSeveralReductions, inDepthOrder } from './depth-order.js';
import { countText, l2Text } from './number-text.js';

/**
 * What in a run's measurements calls for another run, in a few lines: selected l2 values and learning rates at either
 * end of the grid, where a better one may lie beyond, and probes that did not converge.
 *
 * @param mostTaps - taps that a line names; the others are counted.
 */
export function runWarnings(
  measurements: readonly Measurement[],
  { mostTaps = Number.POSITIVE_INFINITY }: { readonly mostTaps?: number } = {},
): readonly string[] {
  const where = (rows: readonly Measurement[]) => placesText(rows, measurements, mostTaps);
  const early = measurements.filter(({ learningRate }) => learningRate !== null);
  const exact = measurements.filter(({ learningRate }) => learningRate === null);
  return [
    ...edgeWarnings(measurements, where, { name: 'l2', of: ({ l2 }) => l2 }),
    ...edgeWarnings(early, where, { name: 'learning rate', of: ({ learningRate }) => learningRate ?? 0 }),
    ...convergenceWarnings(exact, where),
    ...epochWarnings(early, where),
  ];
}

type PlacesOf = (rows: readonly Measurement[]) => string;

function edgeWarnings(
  measurements: readonly Measurement[],
  where: PlacesOf,
  tried: { readonly name: string; readonly of: (row: Measurement) => number },
): readonly string[] {
  // No penalty is large enough for the control, whose labels mean nothing.
  const selected = measurements.filter((row) => row.selected && row.labelSet !== RANDOM_LABEL_SET);
  const ends = [
    { edge: Math.min, end: 'smallest', beyond: 'smaller' },
    { edge: Math.max, end: 'largest', beyond: 'larger' },
  ];
  return ends.flatMap(({ edge, end, beyond }) => {
    const rows = selected.filter((row) => {
      const grid = gridOf(row, measurements, tried.of);
      return grid.size > 1 && tried.of(row) === edge(...grid);
    });
    if (rows.length === 0) return [];
    const share = `${countText(rows.length)} of ${countText(selected.length)}`;
    const values = valuesText(rows.map(tried.of));
    return [
      `the ${end} ${tried.name} tried, ${values}, was selected in ${share} cases (try ${beyond} ones): ${where(rows)}`,
    ];
  });
}

/** The values that a probe was selected among: each tap and label set may have a grid of its own. */
function gridOf(
  { tap, reduction, labelSet }: Measurement,
  all: readonly Measurement[],
  of: (row: Measurement) => number,
): ReadonlySet<number> {
  const own = all.filter(
    (row) => row.tap === tap && row.reduction === reduction && row.labelSet === labelSet,
  );
  return new Set(own.map(of));
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
