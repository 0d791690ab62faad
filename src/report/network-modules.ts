import type { Group } from './network-graph.js';

/** A group and its neighbours while groups are being put together. */
interface Place {
  taps: readonly number[];
  readonly order: number;
  readonly isProbed: boolean;
  before: Set<Place>;
  after: Set<Place>;
  /** The nearest place that every way from the input passes; undefined at an input. */
  gate: Place | undefined;
}

/**
 * Puts modules together: a group without a probe takes in everything between it and the last group that all ways to it
 * pass (its immediate dominator), where nothing in between has a probe or leads elsewhere. Inner modules go first.
 *
 * @param groups - taps by index, in an order in which each group comes after those it needs.
 * @param inputs - the taps that each tap is computed from.
 * @returns the groups that are left, in the order of their first taps.
 */
export function collapseModules(
  groups: readonly Group[],
  inputs: readonly Group[],
  isProbed: readonly boolean[],
): readonly Group[] {
  const places = placesOf(groups, inputs, isProbed);
  const left = new Set(places);
  for (const place of places) {
    place.gate = gateOf(place);
    if (place.isProbed) continue;
    // A module taken in leaves one place before, and with that the two may be a chain.
    for (const insideOf of [moduleAt, chainAt])
      for (const inner of insideOf(place)) {
        takeIn(place, inner);
        left.delete(inner);
      }
  }
  return [...left].map(({ taps }) => taps).sort((a, b) => a[0]! - b[0]!);
}

function placesOf(groups: readonly Group[], inputs: readonly Group[], isProbed: readonly boolean[]): Place[] {
  const places = groups.map((taps, order): Place => {
    const probed = isProbed[taps[0]!]!;
    return { taps, order, isProbed: probed, before: new Set(), after: new Set(), gate: undefined };
  });
  const placeOf = new Map(places.flatMap((place) => place.taps.map((index) => [index, place] as const)));
  for (const place of places)
    for (const source of place.taps.flatMap((index) => inputs[index]!.map((input) => placeOf.get(input)!)))
      if (source !== place) connect(source, place);
  return places;
}

function connect(from: Place, to: Place): void {
  from.after.add(to);
  to.before.add(from);
}

/** The immediate dominator: where the ways up from all that comes before meet (Cooper, Harvey & Kennedy 2001). */
function gateOf({ before }: Place): Place | undefined {
  let [gate, ...others]: (Place | undefined)[] = [...before];
  for (let other of others) {
    while (gate !== other) {
      if (gate === undefined || other === undefined) return undefined;
      if (gate.order > other.order) gate = gate.gate;
      else other = other.gate;
    }
  }
  return gate;
}

/** The places between one and its gate; none where they are no module. */
function moduleAt(end: Place): readonly Place[] {
  const inside = new Set<Place>();
  const open = [...end.before];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (place === end.gate || inside.has(place)) continue;
    if (place.isProbed || end.gate === undefined) return [];
    inside.add(place);
    open.push(...place.before);
  }
  const leadsElsewhere = ({ after }: Place) => [...after].some((next) => next !== end && !inside.has(next));
  return [...inside].some(leadsElsewhere) ? [] : [...inside];
}

/** The one place before, where it has no probe and leads nowhere else. */
function chainAt(end: Place): readonly Place[] {
  const [before, ...more] = end.before;
  const isChain = before !== undefined && more.length === 0 && !before.isProbed && before.after.size === 1;
  return isChain ? [before] : [];
}

/** Makes two neighbours one. */
function takeIn(place: Place, inner: Place): void {
  place.taps = [...inner.taps, ...place.taps].sort((a, b) => a - b);
  for (const before of inner.before) {
    before.after.delete(inner);
    if (before !== place) connect(before, place);
  }
  for (const after of inner.after) after.before.delete(inner);
  place.before.delete(inner);
  if (place.gate === inner) place.gate = inner.gate;
}
