import type { Json } from '../fingerprint.js';
import type { PerSplit, Split } from '../split.js';

/** An image file as it lies on disk, still to be decoded. */
export interface EncodedImage {
  readonly kind: 'encoded';
  readonly bytes: Uint8Array;
}

/** An image that is already pixels: rows from the top, `channels` interleaved, one byte each. */
export interface PixelImage {
  readonly kind: 'pixels';
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** What a data set hands to the decoder for one sample. */
export type SourceImage = EncodedImage | PixelImage;

/** The shape of every image of a data set, where they all have one. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** One way to label the samples: the class index of each, or -1 for a sample without a label. */
export interface LabelSet {
  readonly name: string;
  readonly classes: readonly string[];
  readonly labels: PerSplit<Int32Array>;
}

/** The samples of one split, in the order that decides shards. Keys are unique over the whole data set. */
export interface SplitListing {
  readonly length: number;
  /** The sample's key, for example `train/n01440764/n01440764_10026.JPEG`. */
  key(index: number): string;
}

/** A data set: where samples come from. The first label set is the classes themselves, named `label`. */
export interface Dataset {
  readonly kind: 'glyphs' | 'idx' | 'folder';
  /** A short name for paths and titles: `glyphs`, or the folder's own name. */
  readonly name: string;
  readonly splits: PerSplit<SplitListing>;
  readonly labelSets: readonly LabelSet[];
  /** Set where all images have one shape and need no decoding (glyphs, idx). */
  readonly imageShape?: ImageShape;
  /**
   * Everything about the data set that can change a number, for the fingerprint: kind, seed, sizes, class
   * names, and a sha256 over all keys, byte sizes and labels of each split.
   */
  readonly identity: { readonly [name: string]: Json };
  /** Reads one sample. Rejects with the file system's error when its file cannot be read. */
  read(split: Split, index: number): Promise<SourceImage>;
}

/** The name of the label set that every data set has. */
export const MAIN_LABEL_SET = 'label';
