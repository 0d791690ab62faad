import tf from '@tensorflow/tfjs';
import { imageBytes } from '../decode/geometry.js';
import type { FrozenModel } from '../model/model.js';
import type { Preprocess } from '../model/preprocess.js';
import { preprocessTensor } from '../model/preprocess-tensor.js';
import { makeReducer } from '../reduce/reduction.js';
import type { TapReducer } from '../reduce/tap-reducer.js';
import type { ExtractColumn } from './columns.js';

/** What one batch gives: an array (batch, features) for each column, and the classifier's probabilities. */
export interface ForwardResult {
  readonly features: readonly Float32Array[];
  readonly probabilities?: Float32Array;
}

/** What a forward pass is made of. */
export interface ForwardOptions {
  readonly model: FrozenModel;
  readonly preprocess: Preprocess;
  readonly columns: readonly ExtractColumn[];
  readonly batch: number;
  /** The seed of random-subset and random-projection. */
  readonly seed: number;
}

/**
 * The frozen model with preprocessing before it and reductions behind its taps, all inside the tensor library:
 * uint8 pixels enter and reduced features leave. Holds the reducers' tensors until `dispose`.
 */
export class ForwardPass {
  readonly #options: ForwardOptions;
  readonly #reducers: readonly TapReducer[];
  readonly #byTap: ReadonlyMap<string, readonly number[]>;

  constructor(options: ForwardOptions) {
    this.#options = options;
    const { columns, seed } = options;
    this.#reducers = columns.map(({ how, source }) =>
      makeReducer(how, { tap: source.name, shape: source.shape, seed }),
    );
    const byTap = new Map<string, number[]>();
    for (const [index, { tap }] of columns.entries()) byTap.set(tap, [...(byTap.get(tap) ?? []), index]);
    this.#byTap = byTap;
  }

  /**
   * Runs one full batch. `wanted` holds the places, among the columns, of those to compute; the others are left
   * empty. Taps behind the last one wanted are not computed.
   *
   * @param pixels - (batch, height, width, channels) bytes.
   * @param classify - whether to return the classifier's probabilities, (batch, outputs).
   */
  async run(pixels: Uint8Array, wanted: ReadonlySet<number>, classify: boolean): Promise<ForwardResult> {
    const { model, columns } = this.#options;
    const features: Float32Array[] = columns.map(() => new Float32Array(0));
    let probabilities: Float32Array | undefined;
    const classifierTap = classify ? model.classifier?.tap : undefined;
    const taps = new Set([...wanted].map((index) => columns[index]?.tap ?? ''));
    if (classifierTap !== undefined) taps.add(classifierTap);
    const images = this.#images(pixels);
    try {
      await model.run(images, [...taps], (tap, activation) => {
        if (tap.name === classifierTap) probabilities = activation.dataSync() as Float32Array;
        for (const index of this.#byTap.get(tap.name) ?? []) {
          if (wanted.has(index)) features[index] = this.#reduce(index, activation);
        }
      });
    } finally {
      images.dispose();
    }
    return { features, ...(probabilities === undefined ? {} : { probabilities }) };
  }

  /** Frees the reducers' tensors; the model stays. */
  dispose(): void {
    for (const reducer of this.#reducers) reducer.dispose();
  }

  #images(pixels: Uint8Array): tf.Tensor4D {
    const { batch, preprocess } = this.#options;
    const { height, width, channels } = preprocess.geometry;
    if (pixels.length !== batch * imageBytes(preprocess.geometry)) {
      throw new Error(
        `batch of ${pixels.length} bytes is not ${batch} images of ${height}x${width}x${channels}`,
      );
    }
    return tf.tidy(() =>
      preprocessTensor(tf.tensor4d(pixels, [batch, height, width, channels], 'int32'), preprocess),
    );
  }

  #reduce(index: number, activation: tf.Tensor): Float32Array {
    const reduced = (this.#reducers[index] as TapReducer).apply(activation);
    // Not inside tf.tidy, which would search the returned array for tensors, element by element.
    const values = reduced.dataSync() as Float32Array;
    reduced.dispose();
    return values;
  }
}
