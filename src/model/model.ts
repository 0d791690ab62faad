import type tf from '@tensorflow/tfjs';
import type { AxisMeaning } from './axes/axis.js';
import type { OtherSource } from './other-sources.js';

/** The kinds of tap, which `--taps` takes in the plural (`merges`, `convolutions` ...). */
export const TAP_KINDS = [
  'input',
  'convolution',
  'normalisation',
  'activation',
  'pooling',
  'merge',
  'dense',
  'other',
] as const;

/** One of {@link TAP_KINDS}. */
export type TapKind = (typeof TAP_KINDS)[number];

/** A place where a probe can be inserted: the output of one layer (the paper's H_k). */
export interface Tap {
  /** The layer's name; `outer/inner` inside a nested model; `name:1` for a shared layer's second use. */
  readonly name: string;
  readonly kind: TapKind;
  /** The layer class or op, as the model file calls it (`Conv2D`, `Relu6` ...). */
  readonly op: string;
  /** The activation's shape without the batch: (height, width, channels), or (features). */
  readonly shape: readonly number[];
  /** The longest way from the input in layers: 0 at the input. Taps are listed by it. */
  readonly depth: number;
  /** The names of the taps it is computed from. */
  readonly inputs: readonly string[];
  /** What each axis of `shape` stands for; left out where that is positions and then channels, as nothing says otherwise. */
  readonly axes?: readonly AxisMeaning[];
  /** Where axes are unknown: the op since which they are. */
  readonly unknownSince?: string;
  /** Set where it depends on more than the image. */
  readonly alsoDepends?: OtherSource;
}

/** What a model wants to be fed, in pixels. */
export interface ModelInput {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** The classifier at a model's end: softmax probabilities of shape (batch, outputs), or what a softmax makes into them. */
export interface Classifier {
  readonly tap: string;
  readonly outputs: number;
  /** Set where it is none of the taps and depends on more than the image. */
  readonly alsoDepends?: OtherSource;
}

/** Called with each tap's activation, (batch, ...shape), as soon as it is there. Not the owner: it must not dispose it. */
export type TapVisitor = (tap: Tap, activation: tf.Tensor) => void;

/** What is known of a frozen model, whatever computes it. */
export interface ModelFacts {
  readonly format: 'layers' | 'graph' | 'saved-model' | 'pixels' | 'onnx';
  /** A short name for paths and titles: the folder's own name, or `pixels`. */
  readonly name: string;
  readonly input: ModelInput;
  /** Every tap, by depth and then by the order of the graph. */
  readonly taps: readonly Tap[];
  /** Set where the model ends in softmax probabilities; in an ONNX model also where it ends in logits. */
  readonly classifier?: Classifier;
  /** Set where the model takes batches of one size only. */
  readonly batch?: number;
  /** Set where the model takes pixels as they are, whole numbers of 0 to 255. */
  readonly inputNumbers?: 'whole';
  /** For the fingerprint: format, sha256 of the canonical topology, sha256 of the weight bytes. */
  readonly identity: {
    readonly format: string;
    readonly topologySha256: string;
    readonly weightsSha256: string;
  };
  /** Frees the weights. */
  dispose(): void;
}

/** A frozen model that a tensor library computes: loaded once, never changed. */
export interface FrozenModel extends ModelFacts {
  readonly format: Exclude<ModelFacts['format'], 'onnx'>;
  /**
   * Runs the model on preprocessed images (batch, height, width, channels), only as far as the taps named need
   * it, and calls `visit` once for each of them. Intermediate tensors are freed as soon as nothing needs them.
   */
  run(images: tf.Tensor4D, taps: readonly string[], visit: TapVisitor): Promise<void>;
}
