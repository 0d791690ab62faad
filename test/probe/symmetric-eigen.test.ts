import tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type BackendName, loadBackend } from '../../src/backend/backend.js';
import { householderEigen } from '../../src/probe/householder-eigen.js';
import { symmetricEigen } from '../../src/probe/symmetric-eigen.js';
import { normals } from './small-problem.js';

/** Z'Z of some rows of normal numbers, each column `scale` times as wide as the one before: fewer rows leave zeros. */
function gramOf(size: number, rows: number, scale: number): Float64Array {
  const values = normals(rows * size, 'gram', size, rows).map((value, at) => value * scale ** (at % size));
  const gram = new Float64Array(size * size);
  for (let left = 0; left < size; left++)
    for (let right = 0; right < size; right++)
      for (let row = 0; row < rows; row++)
        gram[left * size + right]! += values[row * size + left]! * values[row * size + right]!;
  return gram;
}

function largestOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function expectDecomposed(
  matrix: Float64Array,
  size: number,
  eigen: ReturnType<typeof householderEigen>,
): void {
  const { values, vectors } = eigen;
  const back = new Float64Array(size * size);
  const products = new Float64Array(size * size);
  for (let left = 0; left < size; left++) {
    for (let right = 0; right < size; right++) {
      for (let k = 0; k < size; k++) {
        back[left * size + right]! += values[k]! * vectors[k * size + left]! * vectors[k * size + right]!;
        products[left * size + right]! += vectors[left * size + k]! * vectors[right * size + k]!;
      }
      products[left * size + right]! -= Number(left === right);
    }
  }
  expect(largestOf(products)).toBeLessThan(1e-12);
  expect(largestOf(back.map((value, at) => value - matrix[at]!))).toBeLessThan(
    1e-12 * Math.max(1e-30, largestOf(matrix)),
  );
}

const MATRICES: readonly (readonly [string, number, Float64Array])[] = [
  ['one number', 1, Float64Array.of(3)],
  ['two numbers', 2, Float64Array.of(1, 2, 2, 1)],
  ['zeros', 5, new Float64Array(25)],
  ['a diagonal with equal values', 3, Float64Array.of(2, 0, 0, 0, 2, 0, 0, 0, 7)],
  ['full rank', 30, gramOf(30, 80, 1)],
  ['fewer rows than columns', 40, gramOf(40, 9, 1)],
  ['values over twelve decades', 12, gramOf(12, 30, 0.3)],
];

describe.each(['tensorflow', 'wasm'] as BackendName[])('symmetricEigen with %s', (name) => {
  it.each(MATRICES)('decomposes %s', async (_, size, matrix) => {
    await loadBackend(name);
    const before = tf.memory().numTensors;
    expectDecomposed(matrix, size, symmetricEigen(matrix, size));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses numbers that are not finite', async () => {
    await loadBackend(name);
    expect(() => symmetricEigen(Float64Array.of(1, 0, Number.NaN, 1), 2)).toThrow('not finite');
  });
});

describe('householderEigen', () => {
  it('gives the eigenvalues of the path graph, 2 - 2 cos(k pi / (n + 1))', () => {
    const size = 60;
    const matrix = new Float64Array(size * size);
    for (let at = 0; at < size; at++) {
      matrix[at * size + at] = 2;
      if (at > 0) matrix[at * size + at - 1] = -1;
    }
    const values = householderEigen(matrix, size).values.toSorted();
    for (const [k, value] of values.entries())
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (size + 1)), 12);
  });
});
