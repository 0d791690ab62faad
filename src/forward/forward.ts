import type { FrozenModel, Tap } from '../model/model.js';
import type { Preprocess } from '../model/preprocess.js';
import type { OpSpan } from '../profile.js';
import type { Reduction } from '../reduce/reduction.js';

/** How a network is run: op by op, or as one graph. */
export const FORWARD_CHOICES = ['compiled', 'eager'] as const;

/** One of {@link FORWARD_CHOICES}. */
export type ForwardChoice = (typeof FORWARD_CHOICES)[number];

/** A column as the forward pass computes it: a tap and what reduces it to `features` numbers a sample. */
export interface ForwardColumn {
  readonly source: Tap;
  readonly how: Reduction;
  readonly features: number;
}

/** What a forward pass is made of. */
export interface ForwardOptions {
  readonly model: FrozenModel;
  readonly preprocess: Preprocess;
  readonly columns: readonly ForwardColumn[];
  readonly batch: number;
  /** The seed of random-subset and random-projection. */
  readonly seed: number;
}

/** Which outputs a batch is run for. */
export interface Wanted {
  /** Places among the columns. */
  readonly columns: readonly number[];
  /** Whether to return the classifier's probabilities. */
  readonly classify: boolean;
}

/** What one batch gives. */
export interface ForwardResult {
  /** (batch, features) of each column wanted, in the order of `Wanted.columns`; halves as bits are a Uint16Array. */
  readonly features: readonly (Float32Array | Uint16Array)[];
  /** (batch, outputs). */
  readonly probabilities?: Float32Array;
}

/** The frozen model from uint8 pixels to reduced features, a batch at a time. */
export interface ForwardPass {
  /**
   * Runs one full batch. One call at a time. The arrays of the result are valid until the next call but one, so that a
   * batch can be written while the next one is computed.
   *
   * @param pixels - (batch, height, width, channels) bytes; not to be changed until the result is there.
   */
  run(pixels: Uint8Array, wanted: Wanted): Promise<ForwardResult>;
  /** Runs one full batch for nothing but the times of its ops, where these can be had. Not while `run` is under way. */
  profile?(pixels: Uint8Array, wanted: Wanted): Promise<readonly OpSpan[]>;
  /** Frees what the pass holds; the model stays. */
  dispose(): void;
}
