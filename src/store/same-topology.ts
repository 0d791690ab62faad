import { UserError } from '../errors.js';
import { canonicalJson, type Json } from '../fingerprint.js';
import type { ManifestTap } from './manifest.js';

/** The taps of one checkpoint, and what it is called in errors. */
export interface NamedTaps {
  readonly from: string;
  readonly taps: readonly ManifestTap[];
}

/**
 * Makes sure that checkpoints are of one architecture: the same taps, each of the same kind, shape and inputs.
 *
 * @throws UserError naming the first tap that differs from the first checkpoint's.
 */
export function requireSameTopology(all: readonly NamedTaps[]): void {
  const [first, ...others] = all;
  if (first === undefined) return;
  for (const other of others) {
    const problem = differenceOf(first, other);
    if (problem !== undefined)
      throw new UserError(`not checkpoints of one network: ${problem} (each must have the same taps)`);
  }
}

function differenceOf(a: NamedTaps, b: NamedTaps): string | undefined {
  const inB = new Map(b.taps.map((tap) => [tap.name, tap]));
  const inA = new Set(a.taps.map(({ name }) => name));
  for (const tap of a.taps) {
    const other = inB.get(tap.name);
    if (other === undefined) return `${b.from} has no tap ${tap.name}, and ${a.from} has`;
    const field = (['kind', 'op', 'shape', 'depth', 'inputs'] as const).find(
      (name) => text(tap[name]) !== text(other[name]),
    );
    if (field !== undefined)
      return `the ${field} of ${tap.name} is ${text(other[field])} in ${b.from} and ${text(tap[field])} in ${a.from}`;
  }
  const extra = b.taps.find(({ name }) => !inA.has(name));
  return extra && `${a.from} has no tap ${extra.name}, and ${b.from} has`;
}

function text(value: Json): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}
