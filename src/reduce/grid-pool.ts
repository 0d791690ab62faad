// A map of H x W positions is averaged in min(K, H) x min(K, W) cells. Cell i of K along an axis of length H covers
// floor(i H / K) .. ceil((i + 1) H / K), as in PyTorch's AdaptiveAvgPool2d: cells of an uneven split overlap by one.
// The mean over a cell is a mean over its columns of means over its rows, so each axis is one small matrix product.
import tf from '@tensorflow/tfjs';
import type { TapReducer } from './tap-reducer.js';

/** The positions one cell covers along one axis: from `start` up to, not including, `end`. */
export interface Cell {
  readonly start: number;
  readonly end: number;
}

/** The cells along one axis of `length` positions. */
export function axisCells(length: number, cells: number): Cell[] {
  const count = Math.min(cells, length);
  return Array.from({ length: count }, (_, index) => ({
    start: Math.floor((index * length) / count),
    end: Math.ceil(((index + 1) * length) / count),
  }));
}

/** How many cells a tap of that shape is averaged in: the product over all axes but the channels. */
export function gridCells(shape: readonly number[], cells: number): number {
  return shape.slice(0, -1).reduce((product, length) => product * Math.min(cells, length), 1);
}

/** The weights (cells, length) that average one axis; every row sums to 1. */
export function poolingMatrix(length: number, cells: number): number[][] {
  return axisCells(length, cells).map(({ start, end }) =>
    Array.from({ length }, (_, at) => (at >= start && at < end ? 1 / (end - start) : 0)),
  );
}

/** Averages one axis of a row-major array: (before, length, after) -> (before, cells, after). */
function poolAxis(values: tf.Tensor, matrix: tf.Tensor3D, after: number): tf.Tensor {
  return tf.matMul(matrix, values.reshape([-1, matrix.shape[2], after]));
}

/** Each channel's mean in every cell of a grid, in the order row, column, channel. */
export function gridPool(cells: number, shape: readonly number[]): TapReducer {
  const lengths = shape.slice(0, -1);
  const features = gridCells(shape, cells) * (shape.at(-1) ?? 1);
  const matrices = lengths.map((length) => tf.keep(tf.tensor3d([poolingMatrix(length, cells)])));
  const after = lengths.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, length) => product * length, 1),
  );
  const pool = (activation: tf.Tensor) =>
    matrices.reduce((values, matrix, axis) => poolAxis(values, matrix, after[axis]!), activation);
  return {
    features,
    apply: (activation) => tf.tidy(() => pool(activation).reshape([-1, features]) as tf.Tensor2D),
    dispose: () => {
      tf.dispose(matrices);
    },
  };
}
