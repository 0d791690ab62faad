import tf from '@tensorflow/tfjs';
import { imageBytes } from '../decode/geometry.js';
import { preprocessTensor } from '../model/preprocess-tensor.js';
import { makeReducer } from '../reduce/reduction.js';
import type { TapReducer } from '../reduce/tap-reducer.js';
import type { ForwardOptions, ForwardPass, ForwardResult, Wanted } from './forward.js';

/** Called with the reduced features of each column wanted, by its place, or with the classifier's probabilities. */
type OutputVisitor = (output: number | 'probabilities', values: tf.Tensor) => void;

/**
 * The model op by op through the tensor library, with preprocessing before it and reductions behind its taps. Holds the
 * reducers' tensors until `dispose`.
 */
export class EagerForward implements ForwardPass {
  readonly #options: ForwardOptions;
  readonly #reducers: readonly TapReducer[];

  constructor(options: ForwardOptions) {
    this.#options = options;
    const { columns, seed } = options;
    this.#reducers = columns.map(({ how, source }) =>
      makeReducer(how, { ...source, tap: source.name, seed }),
    );
  }

  async run(pixels: Uint8Array, wanted: Wanted): Promise<ForwardResult> {
    const features = new Map<number | 'probabilities', Float32Array>();
    const image = this.image(pixels);
    try {
      // Not inside tf.tidy, which would search the returned arrays for tensors, element by element.
      await this.#visit(image, wanted, (output, values) => {
        features.set(output, values.dataSync() as Float32Array);
      });
    } finally {
      image.dispose();
    }
    const probabilities = features.get('probabilities');
    return {
      features: wanted.columns.map((place) => features.get(place) as Float32Array),
      ...(probabilities === undefined ? {} : { probabilities }),
    };
  }

  /** Runs one batch and keeps the outputs in the tensor library, by the names `0`, `1` ... and `probabilities`. */
  async tensors(image: tf.Tensor4D, wanted: Wanted): Promise<Readonly<Record<string, tf.Tensor>>> {
    const kept: Record<string, tf.Tensor> = {};
    await this.#visit(image, wanted, (output, values) => {
      kept[output] = tf.keep(values.clone());
    });
    return kept;
  }

  /** One batch of pixels as an int32 tensor (batch, height, width, channels), the caller's to dispose. */
  image(pixels: Uint8Array): tf.Tensor4D {
    const { batch, preprocess } = this.#options;
    const { height, width, channels } = preprocess.geometry;
    if (pixels.length !== batch * imageBytes(preprocess.geometry)) {
      throw new Error(
        `batch of ${pixels.length} bytes is not ${batch} images of ${height}x${width}x${channels}`,
      );
    }
    return tf.tensor4d(pixels, [batch, height, width, channels], 'int32');
  }

  dispose(): void {
    for (const reducer of this.#reducers) reducer.dispose();
  }

  async #visit(image: tf.Tensor4D, wanted: Wanted, visit: OutputVisitor): Promise<void> {
    const { model, columns, preprocess } = this.#options;
    const places = new Map<string, number[]>();
    for (const place of wanted.columns) {
      const { name } = columns[place]!.source;
      places.set(name, [...(places.get(name) ?? []), place]);
    }
    const classifier = wanted.classify ? model.classifier?.tap : undefined;
    const taps = new Set([...places.keys(), ...(classifier === undefined ? [] : [classifier])]);
    const images = preprocessTensor(image, preprocess);
    try {
      await model.run(images, [...taps], (tap, activation) => {
        if (tap.name === classifier) visit('probabilities', activation);
        for (const place of places.get(tap.name) ?? []) {
          const reduced = this.#reducers[place]!.apply(activation);
          visit(place, reduced);
          reduced.dispose();
        }
      });
    } finally {
      images.dispose();
    }
  }
}
