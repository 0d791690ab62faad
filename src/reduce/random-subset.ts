import tf from '@tensorflow/tfjs';
import { randomStream, sampleIndices } from '../random.js';
import { flattened } from './flatten.js';
import type { ReducerOptions, TapReducer } from './tap-reducer.js';

/**
 * The same `count` features of the flattened activation for every sample, in increasing order, fixed by seed, tap and
 * count (section 3.4 of the paper). All of them where there are no more than that.
 */
export function randomSubset(count: number, { tap, shape, seed }: ReducerOptions): TapReducer {
  const total = shape.reduce((product, length) => product * length, 1);
  const chosen = sampleIndices(count, total, randomStream(seed, 'random-subset', tap, count));
  const indices = tf.keep(tf.tensor1d(chosen, 'int32'));
  return {
    features: chosen.length,
    apply: (activation) => tf.tidy(() => tf.gather(flattened(activation), indices, 1)),
    dispose: () => indices.dispose(),
  };
}
