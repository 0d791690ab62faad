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
    const columns = members.reduce((sum, { classes }) => sum + classes, 0);
    const size = (features + 1) * columns;
    const byColumn = (value: (member: Member) => number) =>
      Float64Array.from(members.flatMap((member) => Array<number>(member.classes).fill(value(member))));
    this.#members = members;
    this.#state = {
      columns,
      weights: new Float32Array(size),
      gradient: new Float64Array(size),
      states: Array.from({ length: states }, () => new Float32Array(size)),
      rates: byColumn(({ rate }) => rate),
      l2: byColumn(({ l2 }) => l2),
      scale: new Float64Array(columns),
    };
    for (const [at, { set }] of members.entries())
      this.#state.weights.set(start(set), features * columns + this.columnOf(at));
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
    return this.#members.slice(0, index).reduce((sum, { classes }) => sum + classes, 0);
  }

  /** Sets what the sums of a minibatch are to be multiplied by, by label set. */
  scaleBy(parts: ArrayLike<number>): void {
    let column = 0;
    for (const { set, classes } of this.#members) {
      this.#state.scale.fill(parts[set]!, column, column + classes);
      column += classes;
    }
  }

  /** Copies a member's weights, (features, classes) row by row and then the biases, into `out`. */
  copyOut(index: number, out: Float32Array): void {
    const { columns, weights } = this.#state;
    const { classes } = this.#members[index]!;
    const first = this.columnOf(index);
    for (let to = 0, from = first; to < out.length; to += classes, from += columns)
      out.set(weights.subarray(from, from + classes), to);
  }

  /** Takes out all members but those asked for. The matrices are narrowed in the memory they have. */
  keepOnly(wanted: (member: Member) => boolean): void {
    const { columns, weights, gradient, states, rates, l2, scale } = this.#state;
    const kept = this.#members.filter(wanted);
    if (kept.length === this.#members.length) return;
    const places = Int32Array.from(
      this.#members.flatMap((member, at) => {
        const first = this.columnOf(at);
        return wanted(member) ? Array.from({ length: member.classes }, (_, own) => first + own) : [];
      }),
    );
    const narrowed = <A extends Float32Array | Float64Array>(array: A): A => narrow(array, columns, places);
    this.#state = {
      columns: places.length,
      weights: narrowed(weights),
      gradient: narrowed(gradient),
      states: states.map(narrowed),
      rates: narrowed(rates),
      l2: narrowed(l2),
      scale: narrowed(scale),
    };
    this.#members = kept;
  }
}

/** Keeps some columns of a matrix, in place: nothing is written before it is read. */
function narrow<A extends Float32Array | Float64Array>(array: A, columns: number, places: Int32Array): A {
  const rows = array.length / columns;
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < places.length; at++)
      array[row * places.length + at] = array[row * columns + places[at]!]!;
  }
  return array.subarray(0, rows * places.length) as A;
}
