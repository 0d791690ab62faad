import tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { probeColumn } from '../../src/probe/probe-column.js';
import { perSplit } from '../../src/split.js';
import { referenceMinimum, standardisedRows } from './reference-solver.js';
import { arraySource, drawProblem } from './small-problem.js';

const FEATURES = 5;
const rows = { train: 80, valid: 40, test: 30 };
const drawn = drawProblem({ rows, features: FEATURES, classes: 3, noise: 2, seed: 9 });

it('reaches the optimum of the float64 reference with the WebAssembly backend, unlabelled rows left out', async () => {
  expect((await loadBackend('wasm')).name).toBe('wasm');
  const before = tf.memory().numTensors;
  const labels = perSplit((split) => drawn[split].labels.map((label, row) => (row % 5 === 0 ? -1 : label)));
  const full = perSplit((split) => drawn[split].labels);
  const { measurements } = await probeColumn({
    column: { tap: 'add_5', depth: 3, shape: '5', reduction: 'flatten' },
    sources: perSplit((split) => arraySource(drawn[split].features, FEATURES)),
    labelSets: [labels, full].map((own, at) => ({
      name: `set ${at}`,
      classes: ['a', 'b', 'c'],
      labels: own,
    })),
    l2: [1e-1, 1e-2, 1e-3],
    seed: 0,
    tolerance: 1e-6,
    memoryBytes: 2 ** 30,
  });
  const exact = standardisedRows(drawn.train.features, FEATURES);
  for (const { l2, train, converged, labelSet } of measurements) {
    const own = labelSet === 'set 0' ? labels : full;
    const optimum = referenceMinimum({ rows: exact, labels: own.train, classes: 3 }, l2);
    expect(converged).toBe(true);
    expect(train.loss / optimum.crossEntropy).toBeCloseTo(1, 3);
  }
  expect(measurements).toHaveLength(6);
  expect(tf.memory().numTensors).toBe(before);
});

it('trains by minibatches with the WebAssembly backend, and leaves no tensors', async () => {
  await loadBackend('wasm');
  const before = tf.memory().numTensors;
  const { measurements } = await probeColumn({
    column: { tap: 'add_5', depth: 3, shape: '5', reduction: 'flatten' },
    sources: perSplit((split) => arraySource(drawn[split].features, FEATURES)),
    labelSets: [{ name: 'set', classes: ['a', 'b', 'c'], labels: perSplit((split) => drawn[split].labels) }],
    ...{ l2: [1e-2], seed: 0, memoryBytes: 2 ** 30, kind: 'sgd' },
    stochastic: { rates: [0.003, 0.03], batch: 20, epochs: 20 },
  });
  const exact = standardisedRows(drawn.train.features, FEATURES);
  const optimum = referenceMinimum({ rows: exact, labels: drawn.train.labels, classes: 3 }, 1e-2);
  const best = measurements.find(({ selected }) => selected)!;
  expect(best.train.loss / optimum.crossEntropy).toBeLessThan(1.2);
  expect(tf.memory().numTensors).toBe(before);
});
