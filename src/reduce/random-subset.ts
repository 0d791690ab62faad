import tf from '@tensorflow/tfjs';
import { randomStream, sampleIndices } from '../random.js';
import { flattened } from './flatten.js';
import type { ReducerOptions, TapReducer } from './tap-reducer.js';

/** The positions in the flattened activation that {@link randomSubset} takes, in increasing order. */
export function subsetIndices(count: number, { tap, shape, seed }: ReducerOptions): Int32Array {
  const total = shape.reduce((product, length) => product * length, 1);
  return sampleIndices(count, total, randomStream(seed, 'random-subset', tap, count));
}

/**
 * The same `count` features of the flattened activation for every sample, in increasing order, fixed by seed, tap and
 * count (section 3.4 of the paper). All of them where there are no more than that.
 */
export function randomSubset(count: number, options: ReducerOptions): TapReducer {
  const chosen = subsetIndices(count, options);
  const indices = tf.keep(tf.tensor1d(chosen, 'int32'));
  return {
    features: chosen.length,
    apply: (activation) => tf.tidy(() => tf.gather(flattened(activation), indices, 1)),
    dispose: () => indices.dispose(),
  };
}
