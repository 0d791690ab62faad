import type { Measurement } from '../probe/measurement.js';

/** A tap as tables and plots show it. */
export interface ReportTap {
  readonly name: string;
  readonly depth: number;
}

/** The measurements by depth; those of equal depth stay in the order given, which is that of the graph. */
export function inDepthOrder(measurements: readonly Measurement[]): readonly Measurement[] {
  return [...measurements].sort((a, b) => a.depth - b.depth);
}

/** Each tap once, by depth. */
export function tapsOf(measurements: readonly Measurement[]): readonly ReportTap[] {
  const taps = new Map(inDepthOrder(measurements).map(({ tap, depth }) => [tap, { name: tap, depth }]));
  return [...taps.values()];
}

/** The reductions met, in the order of their first tap. */
export function reductionsOf(measurements: readonly Measurement[]): readonly string[] {
  return [...new Set(inDepthOrder(measurements).map(({ reduction }) => reduction))];
}

/** The selected probes of one label set, by depth. */
export function selectedOf(measurements: readonly Measurement[], labelSet: string): readonly Measurement[] {
  return inDepthOrder(measurements.filter((row) => row.selected && row.labelSet === labelSet));
}

/** The probe with the lowest error on valid, of equal ones the first; undefined where there is none. */
export function bestOnValid(rows: readonly Measurement[]): Measurement | undefined {
  return rows.reduce<Measurement | undefined>(
    (best, row) => (best === undefined || row.valid.error < best.valid.error ? row : best),
    undefined,
  );
}

/** Whether some tap was probed for one label set under several reductions, so that its name does not say which row. */
export function hasSeveralReductions(measurements: readonly Measurement[]): boolean {
  const seen = new Map<string, string>();
  return measurements.some(({ tap, labelSet, reduction }) => {
    const key = JSON.stringify([tap, labelSet]);
    const first = seen.get(key) ?? reduction;
    seen.set(key, first);
    return first !== reduction;
  });
}
