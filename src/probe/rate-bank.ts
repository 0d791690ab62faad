import type { WideState } from './gradient-steps.js';

/** One probe of a bank: a label set under one l2, trained at one rate. */
export interface BankMember {
  /** The index of its label set. */
  readonly set: number;
  readonly classes: number;
  readonly l2: number;
  readonly rate: number;
}

/**
 * Probes side by side in one wide matrix. Those that have finished are taken out, so that their columns are no longer
 * computed.
 */
export class RateBank<Member extends BankMember = BankMember> {
  #members: readonly Member[];
  #state: WideState;

  /**
   * @param options.start - the biases that a label set's probes begin with; weights begin at zero.
   * @param options.states - matrices that the optimiser remembers.
   */
  constructor(options: {
    readonly features: number;
    readonly members: readonly Member[];
    readonly start: (set: number) => ArrayLike<number>;
    readonly states: number;
  }) {
    const { features, members, start, states } = options;
    const ends = endsOf(members);
    const size = (features + 1) * ends.at(-1)!;
    this.#members = members;
    this.#state = {
      weights: new Float32Array(size),
      states: Array.from({ length: states }, () => new Float32Array(size)),
      ends,
      rates: Float64Array.from(members, ({ rate }) => rate),
      l2: Float64Array.from(members, ({ l2 }) => l2),
    };
    for (const [at, { set }] of members.entries())
      this.#state.weights.set(start(set), features * ends.at(-1)! + this.columnOf(at));
  }

  /** Those that are still trained. */
  get members(): readonly Member[] {
    return this.#members;
  }

  get state(): WideState {
    return this.#state;
  }

  /** The first column of a member. */
  columnOf(index: number): number {
    return this.#state.ends[index]! - this.#members[index]!.classes;
  }

  /** Copies a member's weights, (features, classes) row by row and then the biases, into `out`. */
  copyOut(index: number, out: Float32Array): void {
    const { ends, weights } = this.#state;
    const columns = ends.at(-1)!;
    const { classes } = this.#members[index]!;
    const first = this.columnOf(index);
    for (let to = 0, from = first; to < out.length; to += classes, from += columns)
      out.set(weights.subarray(from, from + classes), to);
  }

  /** Takes out all members but those asked for. The matrices are narrowed in the memory they have. */
  keepOnly(wanted: (member: Member) => boolean): void {
    const { weights, states, ends, rates, l2 } = this.#state;
    const kept = [...this.#members.keys()].filter((at) => wanted(this.#members[at]!));
    if (kept.length === this.#members.length) return;
    const places = Int32Array.from(
      kept.flatMap((at) =>
        Array.from({ length: this.#members[at]!.classes }, (_, own) => this.columnOf(at) + own),
      ),
    );
    const columns = ends.at(-1)!;
    this.#members = kept.map((at) => this.#members[at]!);
    this.#state = {
      weights: narrow(weights, columns, places),
      states: states.map((own) => narrow(own, columns, places)),
      ends: endsOf(this.#members),
      rates: Float64Array.from(kept, (at) => rates[at]!),
      l2: Float64Array.from(kept, (at) => l2[at]!),
    };
  }
}

function endsOf(members: readonly BankMember[]): Int32Array {
  let column = 0;
  return Int32Array.from(members, ({ classes }) => {
    column += classes;
    return column;
  });
}

/** Keeps some columns of a matrix, in place: nothing is written before it is read. */
function narrow(array: Float32Array, columns: number, places: Int32Array): Float32Array {
  const rows = array.length / columns;
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < places.length; at++)
      array[row * places.length + at] = array[row * columns + places[at]!]!;
  }
  return array.subarray(0, rows * places.length);
}
