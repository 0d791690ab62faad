import type { Json } from '../fingerprint.js';
import type { Split } from '../split.js';
import type { Dataset, ImageShape, SourceImage } from './dataset.js';

/** The samples of one split as they lie at the source, before anything is carved out or left out. */
export interface SourceSplit {
  readonly length: number;
  /** The sample's key, unique over the whole source. */
  key(index: number): string;
  /** The class of each sample, by index into the source's classes. */
  readonly labels: Int32Array;
}

/** A known factor of every sample beside its class: a further label set. */
export interface SourceFactor {
  readonly name: string;
  readonly classes: readonly string[];
  readonly labels: Readonly<Partial<Record<Split, Int32Array>>>;
}

/** Where samples come from, as found: `train` always, `valid` and `test` where the source has them. */
export interface SampleSource {
  readonly kind: Dataset['kind'];
  readonly name: string;
  readonly classes: readonly string[];
  readonly splits: { readonly train: SourceSplit } & Readonly<Partial<Record<Split, SourceSplit>>>;
  readonly factors: readonly SourceFactor[];
  readonly imageShape?: ImageShape;
  /** What can change a number beyond keys, sizes and labels: a seed, the hash of the files. */
  readonly identity: { readonly [name: string]: Json };
  /** The bytes of each of the samples named, in that order. */
  sizes(split: Split, indices: Uint32Array): Promise<Float64Array>;
  /** Reads one sample of a source split. */
  read(split: Split, index: number): Promise<SourceImage>;
}
