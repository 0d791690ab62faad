import type { PerSplit } from '../split.js';
import type { Dtype, ShardFormat } from './column.js';

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A tap as the cache knows it: enough to order and draw it without the model. */
export interface ManifestTap {
  readonly name: string;
  readonly kind: string;
  readonly op: string;
  readonly shape: readonly number[];
  readonly depth: number;
  readonly inputs: readonly string[];
}

/** Everything that can change a number in the cache. Its sha256 is the cache's fingerprint. */
export interface CacheIdentity {
  readonly formatVersion: number;
  readonly dataset: { readonly [name: string]: Json };
  readonly labelSets: {
    readonly [name: string]: { readonly classes: readonly string[]; readonly sha256: string };
  };
  readonly decode: { readonly [name: string]: Json };
  readonly preprocess: { readonly [name: string]: Json };
  readonly model: { readonly [name: string]: Json };
  /** The class map of the model's own outputs, where it has one. */
  readonly classifier: { readonly [name: string]: Json } | null;
  readonly numerics: { readonly backend: string; readonly version: string; readonly compute: string };
  /** The seed of random-subset and random-projection. */
  readonly seed: number;
  readonly batch: number;
  readonly shardRows: number;
  readonly dtype: Dtype;
  readonly format: ShardFormat;
}

/** `manifest.json`: what a cache is. Immutable from the moment it exists. */
export interface Manifest {
  /** sha256 of the identity's canonical JSON. */
  readonly fingerprint: string;
  readonly identity: CacheIdentity;
  /** Short names for titles: not part of the fingerprint. */
  readonly names: { readonly dataset: string; readonly model: string };
  readonly samples: PerSplit<number>;
  readonly taps: readonly ManifestTap[];
}
