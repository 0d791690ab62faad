// Dead segments (Alain & Bengio 2016, section 5.1 and Figure 6): stretches of a network over which probes gain nothing,
// while a parallel path carries the signal past them.
//
// Two ways into a merge are compared. A branch is the taps whose every way to the merge goes through one of its inputs;
// its fork feeds it and reaches the merge by another way too, the bypass. The stretch is what of the branch comes after
// the last probe that is better than the fork's. It is looked at when the network goes on from the merge with a signal
// (its error is lower than chance) that is not the stretch's (lower than that of the stretch's last probe, as is the
// bypass's), and either
//
//   at chance       the last probe is not better than chance, and has lost more than half of what the fork knew even if
//                   the noise hid the rest; or
//   gains nothing   the stretch has six layers with weights or more, and the merge is not better than the bypass alone,
//                   or where it has no probe of its own, the last probe has lost more than half of what the fork knew.
//
// "Better" and "lower" are beyond three standard errors of the difference (`isLower`). Whether such a stretch is dead is
// told by what it may be good for (`SegmentGain`): dead where that is shown to be below a margin, undecided where it is
// not. A stretch at whose merge a gain is shown is neither.
//
// What a probe knows is how far its error is below chance. Short branches are spared the second rule: those of residual
// and inception modules read worse than the sum that they are a part of in networks that are well.

import { type ErrorRate, isBelow, isLower, scoreInterval } from '../probe/error-rate.js';
import type { PairedCounts } from '../probe/paired-difference.js';
import type { TopologyTap } from '../store/topology.js';
import { gainOfLast, gainOfMerge, type SegmentGain } from './segment-gain.js';
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
  readonly gain: SegmentGain;
  /** Dead where the gain is shown to be below the margin; else too few samples tell. */
  readonly verdict: 'dead' | 'undecided';
}

/** Branches of ordinary modules have up to five layers with weights. */
const LONG_STRETCH = 6;

/** What of the fork's knowledge must be lost for certain. */
const MOST = 0.5;

/** What the probes of a network say on one split. */
export interface ProbedNetwork {
  /** The network's graph, whether tapped or not. */
  readonly taps: readonly TopologyTap[];
  /** The probes' errors, one for each probed tap. */
  readonly errors: readonly TapError[];
  /** The error of the best constant prediction. */
  readonly chance: number;
  /** How the samples differ that two probes get wrong, where that is known. */
  readonly changeOf?: (from: TapError, to: TapError) => PairedCounts | undefined;
  /** How many networks are looked at together, such as checkpoints: a false alarm in any of them counts. Default: 1. */
  readonly networks?: number;
}

/**
 * Finds the dead segments of a network and those that may be, by the depth of their first tap; a segment inside of another
 * is left out. Where no branch gains less than the margin, any is called dead in at most 5 % of networks. Pure.
 */
export function deadSegments(network: ProbedNetwork): readonly DeadSegment[] {
  const { taps, errors, chance, changeOf = () => undefined, networks = 1 } = network;
  const graph = new TapGraph(taps);
  const probes = new Map(errors.map((one) => [one.tap, one]));
  const questions = graph.branches().flatMap((branch): readonly Question[] => {
    const around = surroundingsOf({ graph, probes, branch });
    return around === undefined ? [] : [{ graph, probes, chance, branch, around, changeOf }];
  });
  const comparisons = networks * questions.length;
  const found = questions.flatMap((question) => deadStretch(question, comparisons) ?? []);
  const hides = (other: DeadSegment, segment: DeadSegment) =>
    isInside(segment, other) && (other.verdict === 'dead' || segment.verdict === 'undecided');
  return found.filter((segment) => !found.some((other) => other !== segment && hides(other, segment)));
}

function isInside({ taps }: DeadSegment, other: DeadSegment): boolean {
  const outer = new Set(other.taps);
  return taps.length < outer.size && taps.every((tap) => outer.has(tap));
}

interface Place {
  readonly graph: TapGraph;
  readonly probes: ReadonlyMap<string, TapError>;
  readonly branch: Branch;
}

interface Question extends Place {
  readonly chance: number;
  readonly around: Surroundings;
  readonly changeOf: (from: TapError, to: TapError) => PairedCounts | undefined;
}

/** What the probes around a branch say: of its fork, of the way past it, and of the merge. */
interface Surroundings {
  readonly fork: TapError;
  readonly bypass: TapError;
  readonly after: TapError;
}

function deadStretch(question: Question, comparisons: number): DeadSegment | undefined {
  const { branch, probes, chance, graph, around } = question;
  const stretch = stretchOf(branch, probes, around.fork);
  const own = stretch.flatMap(({ name }) => probes.get(name) ?? []);
  const nearest = graph.before(branch.end, (name) => probes.has(name));
  const [first, last] = [own[0], own.find(({ tap }) => tap === nearest)];
  if (first === undefined || last === undefined) return undefined;
  const { after, bypass } = around;
  if (!isBelow(after, chance) || !isLower(after, last) || !isLower(bypass, last)) return undefined;
  const evidence = evidenceOf(question, { stretch, last });
  if (evidence === undefined) return undefined;
  const gain = gainOf(question, last, comparisons);
  if (gain.of === 'merge' && gain.interval.low > 0) return undefined;
  const taps = stretch.map(({ name }) => name);
  const verdict = gain.interval.high < gain.margin ? 'dead' : 'undecided';
  const place = { first, last, probes: own.length, taps, merge: branch.merge.name, after, bypass };
  return { ...place, evidence, gain, verdict };
}

function gainOf(
  { branch, chance, around, changeOf }: Question,
  last: TapError,
  comparisons: number,
): SegmentGain {
  const { after, bypass } = around;
  return after.tap === branch.merge.name
    ? gainOfMerge({ bypass, after, counts: changeOf(bypass, after) }, comparisons)
    : gainOfLast(last, chance, comparisons);
}

function surroundingsOf({ graph, probes, branch }: Place): Surroundings | undefined {
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
  { chance, branch, around: { fork, bypass, after } }: Question,
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
