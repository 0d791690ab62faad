// Dead segments (Alain & Bengio 2016, section 5.1 and Figure 6): stretches of a network over which probes gain nothing,
// while a parallel path carries the signal past them.
//
// Two ways into a merge are compared. A branch is the taps whose every way to the merge goes through one of its inputs;
// its fork feeds it and reaches the merge by another way too, the bypass. The stretch is what of the branch comes after
// the last probe that is better than the fork's. It is dead when the network goes on from the merge with a signal (its
// error is lower than chance) that is not the stretch's (lower than that of the stretch's last probe, as is the
// bypass's), and either
//
//   at chance       the last probe is not better than chance, and has lost more than half of what the fork knew even if
//                   the noise hid the rest: nothing that is left can be of use; or
//   gains nothing   the stretch has six layers with weights or more, and the merge knows no more than the bypass alone,
//                   or where it has no probe of its own, the last probe has lost more than half of what the fork knew.
//
// "Better" and "lower" are beyond three standard errors of the difference (`isLower`), and so a small test split finds
// fewer dead segments, not more. What a probe knows is how far its error is below chance. Short branches are spared the
// second rule: those of residual and inception modules read worse than the sum that they are a part of in networks that
// are well, and where a late module adds little, a probe cannot tell that from nothing.

import { type ErrorRate, isBelow, isLower, scoreInterval } from '../probe/error-rate.js';
import type { TopologyTap } from '../store/topology.js';
import { type Branch, TapGraph } from './tap-graph.js';

/** The error of the best probe of one tap. */
export interface TapError extends ErrorRate {
  readonly tap: string;
}

/** A stretch of a network that its signal bypasses. */
export interface DeadSegment {
  /** Its first probed tap, and the last one on its way into the merge. */
  readonly first: TapError;
  readonly last: TapError;
  /** How many of its taps have a probe. */
  readonly probes: number;
  /** The names of all its taps, probed or not, by depth. */
  readonly taps: readonly string[];
  /** Where the branches come together, and the probe there: its own, or the first one after it. */
  readonly merge: string;
  readonly after: TapError;
  /** The probe of the path that carries the signal: the best one, where there are several. */
  readonly bypass: TapError;
  readonly evidence: 'at chance' | 'gains nothing';
}

/** Branches of ordinary modules have up to five layers with weights. */
const LONG_STRETCH = 6;

/** What of the fork's knowledge must be lost for certain. */
const MOST = 0.5;

/**
 * Finds the dead segments of a network, by the depth of their first tap; a segment inside of another is left out.
 * Pure.
 *
 * @param taps - the network's graph, whether tapped or not.
 * @param errors - the probes' errors on one split, one for each probed tap.
 * @param chance - the error of always predicting the most frequent class.
 */
export function deadSegments(
  taps: readonly TopologyTap[],
  errors: readonly TapError[],
  chance: number,
): readonly DeadSegment[] {
  const graph = new TapGraph(taps);
  const probes = new Map(errors.map((one) => [one.tap, one]));
  const found = graph.branches().flatMap((branch) => deadStretch({ graph, probes, chance, branch }) ?? []);
  return found.filter((segment) => !found.some((other) => other !== segment && isInside(segment, other)));
}

function isInside({ taps }: DeadSegment, other: DeadSegment): boolean {
  const outer = new Set(other.taps);
  return taps.length < outer.size && taps.every((tap) => outer.has(tap));
}

interface Question {
  readonly graph: TapGraph;
  readonly probes: ReadonlyMap<string, TapError>;
  readonly chance: number;
  readonly branch: Branch;
}

/** What the probes around a branch say: of its fork, of the way past it, and of the merge. */
interface Surroundings {
  readonly fork: TapError;
  readonly bypass: TapError;
  readonly after: TapError;
}

function deadStretch(question: Question): DeadSegment | undefined {
  const { branch, probes, chance, graph } = question;
  const around = surroundingsOf(question);
  if (around === undefined) return undefined;
  const stretch = stretchOf(branch, probes, around.fork);
  const own = stretch.flatMap(({ name }) => probes.get(name) ?? []);
  const nearest = graph.before(branch.end, (name) => probes.has(name));
  const [first, last] = [own[0], own.find(({ tap }) => tap === nearest)];
  if (first === undefined || last === undefined) return undefined;
  const { after, bypass } = around;
  if (!isBelow(after, chance) || !isLower(after, last) || !isLower(bypass, last)) return undefined;
  const evidence = evidenceOf(question, around, { stretch, last });
  if (evidence === undefined) return undefined;
  const taps = stretch.map(({ name }) => name);
  return { first, last, probes: own.length, taps, merge: branch.merge.name, after, bypass, evidence };
}

function surroundingsOf({ graph, probes, branch }: Question): Surroundings | undefined {
  const isProbed = (name: string) => probes.has(name);
  const best = (names: readonly string[]) =>
    names
      .flatMap((name) => probes.get(graph.before(name, isProbed) ?? '') ?? [])
      .reduce<TapError | undefined>(
        (low, one) => (low === undefined || one.error < low.error ? one : low),
        undefined,
      );
  const fork = best(branch.forks);
  const bypass = best(branch.bypasses) ?? fork;
  const after = probes.get(graph.after(branch.merge.name, isProbed) ?? '');
  return fork && bypass && after && { fork, bypass, after };
}

/** The taps of a branch after the last one whose probe is better than the fork's. */
function stretchOf(
  { taps }: Branch,
  probes: ReadonlyMap<string, TapError>,
  fork: TapError,
): readonly TopologyTap[] {
  const gains = taps.filter(({ name }) => {
    const probe = probes.get(name);
    return probe !== undefined && isLower(probe, fork);
  });
  const depth = gains.at(-1)?.depth ?? Number.NEGATIVE_INFINITY;
  return taps.filter((tap) => tap.depth > depth);
}

function evidenceOf(
  { chance, branch }: Question,
  { fork, bypass, after }: Surroundings,
  { stretch, last }: { readonly stretch: readonly TopologyTap[]; readonly last: TapError },
): DeadSegment['evidence'] | undefined {
  const lost = hasLostMost(last, fork, chance);
  if (lost && !isBelow(last, chance)) return 'at chance';
  const layers = stretch.filter(({ kind }) => kind === 'dense' || kind === 'convolution').length;
  if (layers < LONG_STRETCH) return undefined;
  const isOfMerge = after.tap === branch.merge.name;
  return (isOfMerge ? !isLower(after, bypass) : lost) ? 'gains nothing' : undefined;
}

/** Whether a probe knows less than half of what the fork's does, at those ends of their intervals that say least so. */
function hasLostMost(last: TapError, fork: TapError, chance: number): boolean {
  const [mostLeft, leastKnown] = [chance - scoreInterval(last).low, chance - scoreInterval(fork).high];
  return mostLeft < MOST * leastKnown;
}
