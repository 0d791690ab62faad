import tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { axisCells, poolingMatrix } from '../../src/reduce/grid-pool.js';
import { sparseProjection } from '../../src/reduce/random-projection.js';
import { makeReducer, parseReduction } from '../../src/reduce/reduction.js';

interface Case {
  readonly reduction: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly tap?: string;
  readonly seed?: number;
}

/** Reduces one batch and checks that nothing but the result, and nothing at all after dispose, is left in memory. */
function reduce({ reduction, shape, values, tap = 'tap', seed = 1 }: Case): number[][] {
  const before = tf.memory().numTensors;
  const activation = tf.tensor([...values], [values.length / shape.reduce((a, b) => a * b, 1), ...shape]);
  const reducer = makeReducer(parseReduction(reduction), { tap, shape, seed });
  const held = tf.memory().numTensors;
  const reduced = reducer.apply(activation);
  expect(tf.memory().numTensors).toBe(held + 1);
  expect(reduced.shape).toEqual([activation.shape[0], reducer.features]);
  const rows = reduced.arraySync();
  reduced.dispose();
  reducer.dispose();
  expect(activation.isDisposed).toBe(false);
  activation.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return rows;
}

function count(total: number): number[] {
  return Array.from({ length: total }, (_, index) => index);
}

const REDUCTIONS = [
  'flatten',
  'average-pool',
  'max-pool',
  'grid-pool:2',
  'grid-pool:3',
  'random-subset:7',
  'random-projection:9',
];

describe.each(['tensorflow', 'wasm'] as const)('reductions on %s', (backend) => {
  beforeAll(async () => {
    await loadBackend(backend);
  });

  test('flatten keeps row, column, channel order', () => {
    expect(reduce({ reduction: 'flatten', shape: [2, 2, 2], values: count(16) })).toEqual([
      count(8),
      count(8).map((v) => v + 8),
    ]);
  });

  test('average-pool and max-pool give one value per channel', () => {
    const map = { shape: [2, 2, 2], values: [0, 10, 1, -20, 2, 30, 5, 40] };
    expect(reduce({ reduction: 'average-pool', ...map })).toEqual([[2, 15]]);
    expect(reduce({ reduction: 'max-pool', ...map })).toEqual([[5, 40]]);
  });

  test('pools of sequences run over the steps', () => {
    const sequence = { shape: [3, 2], values: [1, 2, 3, 4, 5, 9] };
    expect(reduce({ reduction: 'average-pool', ...sequence })).toEqual([[3, 5]]);
    expect(reduce({ reduction: 'grid-pool:3', ...sequence })).toEqual([[1, 2, 3, 4, 5, 9]]);
  });

  test('pools of vectors keep them whole', () => {
    for (const reduction of ['average-pool', 'max-pool', 'grid-pool:2'])
      expect(reduce({ reduction, shape: [3], values: [1, 2, 3, 4, 5, 6] })).toEqual([
        [1, 2, 3],
        [4, 5, 6],
      ]);
  });

  test('grid-pool overlaps uneven cells as PyTorch does', () => {
    // torch.nn.AdaptiveAvgPool2d(2) on arange(9).reshape(3, 3)
    expect(reduce({ reduction: 'grid-pool:2', shape: [3, 3, 1], values: count(9) })).toEqual([[2, 3, 5, 6]]);
  });

  test('grid-pool equals the means of the cells for any shape', () => {
    const length = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(length, length, fc.integer({ min: 1, max: 3 }), length, (h, w, c, cells) => {
        const values = count(2 * h * w * c).map((v) => (v * 7919) % 101);
        const expected = [0, 1].map((sample) =>
          axisCells(h, cells).flatMap((rows) =>
            axisCells(w, cells).flatMap((columns) =>
              count(c).map((channel) => {
                let sum = 0;
                for (let row = rows.start; row < rows.end; row++)
                  for (let column = columns.start; column < columns.end; column++)
                    sum += values[((sample * h + row) * w + column) * c + channel]!;
                return sum / (rows.end - rows.start) / (columns.end - columns.start);
              }),
            ),
          ),
        );
        const actual = reduce({ reduction: `grid-pool:${cells}`, shape: [h, w, c], values });
        for (const [sample, row] of expected.entries())
          for (const [feature, value] of row.entries())
            expect(actual[sample]![feature]).toBeCloseTo(value, 3);
      }),
      { numRuns: 40 },
    );
  });

  test('random-subset takes the same features in increasing order, fixed by seed and tap', () => {
    const wanted = { reduction: 'random-subset:5', shape: [4, 4, 4], values: count(128) };
    const [first, second] = reduce(wanted);
    expect(first).toHaveLength(5);
    expect(first).toEqual([...first!].sort((a, b) => a - b));
    expect(second).toEqual(first!.map((value) => value + 64));
    expect(reduce(wanted)).toEqual([first, second]);
    expect(reduce({ ...wanted, seed: 2 })[0]).not.toEqual(first);
    expect(reduce({ ...wanted, tap: 'other' })[0]).not.toEqual(first);
  });

  test('random-subset takes everything where there is no more', () => {
    expect(reduce({ reduction: 'random-subset:99', shape: [2, 3], values: count(6) })).toEqual([count(6)]);
  });

  test('random-projection sums what its plan says', () => {
    const shape = [5, 5, 3];
    const values = count(75).map((v) => Math.sin(v));
    const plan = sparseProjection(11, { tap: 'tap', shape, seed: 1 });
    const expected = count(11).map((feature) =>
      count(plan.inputs).reduce((sum, input) => {
        const at = feature * plan.inputs + input;
        return sum + plan.weights[at]! * values[plan.indices[at]!]!;
      }, 0),
    );
    const [actual] = reduce({ reduction: 'random-projection:11', shape, values });
    for (const [feature, value] of expected.entries()) expect(actual![feature]).toBeCloseTo(value, 4);
  });

  test('random-projection in several parts equals one matrix', () => {
    const shape = [300, 300, 1]; // 300 inputs per feature: 1,747 features are gathered at once
    const values = count(90_000).map((v) => Math.cos(v));
    const plan = sparseProjection(1800, { tap: 'tap', shape, seed: 1 });
    const [actual] = reduce({ reduction: 'random-projection:1800', shape, values });
    for (const feature of [0, 1746, 1747, 1799]) {
      const expected = count(300).reduce((sum, input) => {
        const at = feature * 300 + input;
        return sum + plan.weights[at]! * values[plan.indices[at]!]!;
      }, 0);
      expect(actual![feature]).toBeCloseTo(expected, 4);
    }
  });
});

describe('both backends', () => {
  test('agree on every reduction', async () => {
    const shape = [7, 6, 5];
    const values = count(3 * 210).map((v) => 10 * Math.sin(v * v));
    const results: number[][][][] = [];
    for (const backend of ['tensorflow', 'wasm'] as const) {
      await loadBackend(backend);
      results.push(REDUCTIONS.map((reduction) => reduce({ reduction, shape, values })));
    }
    const [tensorflow, wasm] = results.map((all) => all.flat(2));
    expect(wasm).toHaveLength(tensorflow!.length);
    for (const [at, value] of tensorflow!.entries()) expect(wasm![at]).toBeCloseTo(value, 4);
  });
});

describe('poolingMatrix', () => {
  test('averages: every row sums to one and every position is used', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 50 }), (length, cells) => {
        const matrix = poolingMatrix(length, cells);
        expect(matrix).toHaveLength(Math.min(length, cells));
        for (const row of matrix) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
        for (let at = 0; at < length; at++) expect(matrix.some((row) => row[at]! > 0)).toBe(true);
      }),
    );
  });
});

describe('sparseProjection', () => {
  test('keeps squared norms in expectation', () => {
    const shape = [400];
    const values = count(400).map((v) => Math.sin(v) + (v % 10 === 0 ? 3 : 0));
    const norm = values.reduce((sum, v) => sum + v * v, 0);
    const seeds = count(200);
    const mean =
      seeds.reduce((total, seed) => {
        const { inputs, indices, weights } = sparseProjection(30, { tap: 'tap', shape, seed });
        const features = count(30).map((f) =>
          count(inputs).reduce((s, i) => s + weights[f * inputs + i]! * values[indices[f * inputs + i]!]!, 0),
        );
        return total + features.reduce((sum, v) => sum + v * v, 0);
      }, 0) / seeds.length;
    expect(mean / norm).toBeGreaterThan(0.95);
    expect(mean / norm).toBeLessThan(1.05);
  });

  test('sums ceil(sqrt(D)) different inputs with both signs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 20 }), (total, features) => {
        const plan = sparseProjection(features, { tap: 'tap', shape: [total], seed: 3 });
        expect(plan.inputs).toBe(Math.ceil(Math.sqrt(total)));
        for (let feature = 0; feature < features; feature++) {
          const row = plan.indices.subarray(feature * plan.inputs, (feature + 1) * plan.inputs);
          expect(new Set(row).size).toBe(plan.inputs);
          expect(Math.max(...row)).toBeLessThan(total);
        }
      }),
      { numRuns: 30 },
    );
    expect(
      new Set(sparseProjection(20, { tap: 'tap', shape: [100], seed: 3 }).weights.map(Math.sign)),
    ).toEqual(new Set([-1, 1]));
  });
});
