import tf from '@tensorflow/tfjs';
import type { TapReducer } from './tap-reducer.js';

/** The axes between the batch and the channels: rows and columns of a map, steps of a sequence. */
export function middleAxes(activation: tf.Tensor): number[] {
  return Array.from({ length: activation.rank - 2 }, (_, axis) => axis + 1);
}

/**
 * The most positions whose mean is taken at once. float32 sums of more lose digits (of 224 x 224 pixels all but three), so
 * there each axis is averaged in its turn, the last one first.
 */
const MOST_AT_ONCE = 4096;

/** Whether all positions are averaged at once; else each axis in its turn. */
export function isAveragedAtOnce(lengths: readonly number[]): boolean {
  return lengths.reduce((product, length) => product * length, 1) <= MOST_AT_ONCE;
}

function mean(activation: tf.Tensor): tf.Tensor2D {
  const axes = middleAxes(activation);
  if (isAveragedAtOnce(axes.map((axis) => activation.shape[axis]!)))
    return activation.mean<tf.Tensor2D>(axes);
  return tf.tidy(
    () => axes.toReversed().reduce<tf.Tensor>((rest, axis) => rest.mean(axis), activation) as tf.Tensor2D,
  );
}

/** Each channel's mean over all positions: (batch, ..., channels) -> (batch, channels). */
export function averagePool(features: number): TapReducer {
  return {
    features,
    apply: mean,
    dispose: () => undefined,
  };
}
