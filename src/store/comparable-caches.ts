import { UserError } from '../errors.js';
import { canonicalJson, firstDifference, type Json } from '../fingerprint.js';
import type { CacheIdentity } from './manifest.js';

/** What one cache is, and what it is called in errors. */
export interface NamedIdentity {
  readonly from: string;
  readonly identity: CacheIdentity;
}

/** What must be the same for the probes of two networks to be compared: everything before and after the network. */
function comparedPart({
  dataset,
  labelSets,
  decode,
  preprocess,
  numerics,
  seed,
  dtype,
}: CacheIdentity): Json {
  return { dataset, labelSets, decode, preprocess, compute: numerics.compute, seed, dtype };
}

/**
 * Makes sure that the probes of some caches can be compared: the same samples, labels and preprocessing.
 *
 * @throws UserError naming the first field that differs from the first cache.
 */
export function requireComparable(all: readonly NamedIdentity[]): void {
  const [first, ...others] = all;
  if (first === undefined) return;
  for (const { from, identity } of others) {
    const difference = firstDifference(comparedPart(first.identity), comparedPart(identity));
    if (difference === undefined) continue;
    throw new UserError(
      `checkpoints cannot be compared: ${difference.path} is ${shortened(difference.left)} in ${first.from} and ` +
        `${shortened(difference.right)} in ${from} (extract them with the same options)`,
    );
  }
}

function shortened(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  const text = canonicalJson(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
