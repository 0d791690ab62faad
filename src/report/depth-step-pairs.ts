import type { Measurement } from '../probe/measurement.js';
import type { Topology } from '../store/topology.js';
import { hasSeveralReductions, reductionsOf } from './depth-order.js';

/** Two probes to compare: one step deeper into the network. */
export interface StepPair {
  readonly from: Measurement;
  readonly to: Measurement;
}

/**
 * The steps between the probes of one label set, by depth: from a tap to each probed tap that is computed from it with no
 * other probed one in between. Where the topology lacks a tap, or there is none, to each tap from the one before it in
 * depth order. Probes of several reductions of the same taps are so many sequences.
 */
export function stepPairs(rows: readonly Measurement[], topology?: Topology): readonly StepPair[] {
  return sequencesOf(rows).flatMap(({ rows: sequence }) => {
    const known = new Set(topology?.taps.map(({ name }) => name));
    return topology !== undefined && sequence.every(({ tap }) => known.has(tap))
      ? alongEdges(sequence, topology)
      : byDepth(sequence);
  });
}

/** Probes that follow each other by depth; the reduction is null where each tap has one of its own. */
export interface Sequence {
  readonly reduction: string | null;
  readonly rows: readonly Measurement[];
}

/** The probes of one label set as sequences: one, or where taps have several reductions one for each reduction. */
export function sequencesOf(rows: readonly Measurement[]): readonly Sequence[] {
  if (!hasSeveralReductions(rows)) return [{ reduction: null, rows }];
  return reductionsOf(rows).map((reduction) => ({
    reduction,
    rows: rows.filter((row) => row.reduction === reduction),
  }));
}

/** From the last tap that is less deep: taps of equal depth are in branches, and none of them is before the others. */
function byDepth(rows: readonly Measurement[]): readonly StepPair[] {
  return rows.flatMap((to, at) => {
    const from = rows.slice(0, at).findLast(({ depth }) => depth < to.depth);
    return from === undefined ? [] : [{ from, to }];
  });
}

function alongEdges(rows: readonly Measurement[], { taps }: Topology): readonly StepPair[] {
  const probed = new Map(rows.map((row) => [row.tap, row]));
  // Of each tap the nearest probed ones that it is computed from: inputs come before what they go into.
  const sources = new Map<string, ReadonlySet<string>>();
  for (const { name, inputs } of taps) {
    const nearest = inputs.flatMap((input) =>
      probed.has(input) ? [input] : [...(sources.get(input) ?? [])],
    );
    sources.set(name, new Set(nearest));
  }
  const order = new Map(rows.map(({ tap }, at) => [tap, at]));
  return rows.flatMap((to) =>
    [...(sources.get(to.tap) ?? [])]
      .sort((a, b) => order.get(a)! - order.get(b)!)
      .map((from) => ({ from: probed.get(from)!, to })),
  );
}
