import type { PairedCounts } from '../../src/probe/paired-difference.js';
import { type DeadSegment, deadSegments, type TapError } from '../../src/report/dead-segments.js';
import { type Edges, graphOf } from './example-graphs.js';

/** The error of the best constant prediction. */
export const CHANCE = 0.9;
/** Samples of the test split, where a test does not say otherwise. */
export const SAMPLES = 10_000;

/** Errors by tap. */
export type Errors = Readonly<Record<string, number>>;

/** Every segment, dead or undecided, where of each two probes one in a hundred samples more differs either way. */
export function judged(edges: Edges, errors: Errors, samples = SAMPLES): readonly DeadSegment[] {
  const probes = Object.entries(errors).map(([tap, error]) => ({ tap, error, samples }));
  return deadSegments({ taps: graphOf(edges), errors: probes, chance: CHANCE, changeOf });
}

/** One in a hundred samples more differs either way than the errors need. */
export function changeOf(from: TapError, to: TapError): PairedCounts {
  const { samples } = from;
  const more = Math.round((to.error - from.error) * samples);
  const either = Math.round(samples / 100);
  return { samples, newlyWrong: Math.max(0, more) + either, newlyRight: Math.max(0, -more) + either };
}

/** The dead ones of {@link judged}. */
export function found(edges: Edges, errors: Errors, samples = SAMPLES): readonly DeadSegment[] {
  return judged(edges, errors, samples).filter(({ verdict }) => verdict === 'dead');
}
