import type { Tap, TapKind } from '../model.js';

/** The taps of a network as a graph, to recognise it by. */
export class TapGraph {
  private readonly byName: ReadonlyMap<string, Tap>;
  private readonly consumers = new Map<string, Tap[]>();

  /** @param taps - every tap of the model, each after its inputs. */
  constructor(readonly taps: readonly Tap[]) {
    this.byName = new Map(taps.map((tap) => [tap.name, tap]));
    for (const tap of taps)
      for (const input of new Set(tap.inputs)) {
        const known = this.consumers.get(input);
        if (known === undefined) this.consumers.set(input, [tap]);
        else known.push(tap);
      }
  }

  ofKind(kind: TapKind): readonly Tap[] {
    return this.taps.filter((tap) => tap.kind === kind);
  }

  /** The taps that are computed from this one directly. */
  after(tap: Tap): readonly Tap[] {
    return this.consumers.get(tap.name) ?? [];
  }

  /** A tap and everything it is computed from. */
  above(tap: Tap): ReadonlySet<Tap> {
    return reached(tap, ({ inputs }) => inputs.flatMap((name) => this.byName.get(name) ?? []));
  }

  /** A tap and everything that is computed from it. */
  below(tap: Tap): ReadonlySet<Tap> {
    return reached(tap, (one) => this.after(one));
  }

  /**
   * The output of a weighted layer with its bias, normalisation and activation: the first activation that follows it alone,
   * or the layer itself where that has its activation inside (as a Keras layer may) or none.
   */
  activated(layer: Tap): Tap {
    for (let at: Tap | undefined = layer; at !== undefined; ) {
      if (at.kind === 'activation') return at;
      const next = this.after(at);
      const [only] = next;
      at =
        next.length === 1 && ['normalisation', 'activation', 'other'].includes(only!.kind) ? only : undefined;
    }
    return layer;
  }
}

function reached(from: Tap, next: (tap: Tap) => readonly Tap[]): ReadonlySet<Tap> {
  const seen = new Set([from]);
  for (const tap of seen) for (const one of next(tap)) seen.add(one);
  return seen;
}

/** Whether a tap adds activations (a residual merge) rather than joining them. */
export function isSum({ kind, op }: Tap): boolean {
  return kind === 'merge' && /^(add|sum)/i.test(op);
}

/** Whether a tap joins activations along their channels. */
export function isJoin({ kind, op }: Tap): boolean {
  return kind === 'merge' && /^concat/i.test(op);
}

/** How many taps follow each other with the same shape: the blocks of each stage of a network. */
export function stagesOf(taps: readonly Tap[]): readonly number[] {
  const stages: number[] = [];
  for (const [at, { shape }] of taps.entries()) {
    const isSame = at > 0 && taps[at - 1]!.shape.join() === shape.join();
    if (isSame) stages[stages.length - 1]! += 1;
    else stages.push(1);
  }
  return stages;
}
