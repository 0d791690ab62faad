import type { TopologyTap } from '../store/topology.js';

/** One of the ways into a merge. */
export interface Branch {
  /** Where it and others come together again. */
  readonly merge: TopologyTap;
  /** Its taps by depth, those whose every way to the merge goes through it: at least one. */
  readonly taps: readonly TopologyTap[];
  /** The last of them: an input of the merge. */
  readonly end: string;
  /** What feeds it and has other ways to the merge: at least one. */
  readonly forks: readonly string[];
  /** The other inputs of the merge, by which signals pass it. */
  readonly bypasses: readonly string[];
}

/** A network's graph, for questions about its branches. Taps may come in any order. */
export class TapGraph {
  readonly taps: readonly TopologyTap[];
  readonly #byName: ReadonlyMap<string, TopologyTap>;
  readonly #users = new Map<string, TopologyTap[]>();
  readonly #above = new Map<string, ReadonlySet<string>>();

  constructor(taps: readonly TopologyTap[]) {
    this.taps = [...taps].sort((a, b) => a.depth - b.depth);
    this.#byName = new Map(taps.map((tap) => [tap.name, tap]));
    for (const tap of this.taps) {
      for (const input of new Set(tap.inputs))
        this.#users.set(input, [...(this.#users.get(input) ?? []), tap]);
    }
  }

  /** Every branch of the network that has taps of its own. */
  branches(): readonly Branch[] {
    return this.taps.flatMap((merge) => {
      const inputs = [...new Set(merge.inputs)];
      return inputs.length < 2 ? [] : inputs.flatMap((input) => this.#branch(merge, input, inputs));
    });
  }

  #branch(merge: TopologyTap, end: string, inputs: readonly string[]): readonly Branch[] {
    const bypasses = inputs.filter((input) => input !== end);
    const elsewhere = bypasses.map((input) => this.#aboveOf(input));
    const own = [...this.#aboveOf(end)].filter((name) => !elsewhere.some((some) => some.has(name)));
    const names = new Set(own);
    const taps = this.taps.filter(({ name }) => names.has(name));
    const forks = new Set(taps.flatMap(({ inputs: from }) => from.filter((name) => !names.has(name))));
    return taps.length === 0 || forks.size === 0 ? [] : [{ merge, taps, end, forks: [...forks], bypasses }];
  }

  /** A tap with all that it is computed from. */
  #aboveOf(name: string): ReadonlySet<string> {
    const known = this.#above.get(name);
    if (known !== undefined) return known;
    const found = new Set([name]);
    // A set's iterator also visits what is added on the way.
    for (const each of found) for (const input of this.#byName.get(each)?.inputs ?? []) found.add(input);
    this.#above.set(name, found);
    return found;
  }

  /** The nearest tap for which `isWanted` holds, from a tap on towards the input, as long as there is one way only. */
  before(name: string, isWanted: (name: string) => boolean): string | undefined {
    for (let tap = this.#byName.get(name); tap !== undefined; ) {
      if (isWanted(tap.name)) return tap.name;
      const [only, ...others] = new Set(tap.inputs);
      tap = only === undefined || others.length > 0 ? undefined : this.#byName.get(only);
    }
    return undefined;
  }

  /** The same towards the output: from a tap on, as long as each has one user, which has no other input. */
  after(name: string, isWanted: (name: string) => boolean): string | undefined {
    for (let tap = this.#byName.get(name); tap !== undefined; ) {
      if (isWanted(tap.name)) return tap.name;
      const [only, ...others] = this.#users.get(tap.name) ?? [];
      const alone = only !== undefined && others.length === 0 && new Set(only.inputs).size === 1;
      tap = alone ? only : undefined;
    }
    return undefined;
  }
}
