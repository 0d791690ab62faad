import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { probeColumn } from '../../src/probe/probe-column.js';
import { arraySource } from './small-problem.js';

describe('probeColumn', () => {
  beforeAll(() => loadBackend());

  it('takes ten thousand classes', async () => {
    const classes = 10_000;
    const [rows, features] = [classes, 3];
    const values = Float32Array.from(
      { length: rows * features },
      (_, at) => Math.sin(at * 0.37) * (1 + (at % 3)),
    );
    const labels = Int32Array.from({ length: rows }, (_, row) => row);
    const few = { values: values.slice(0, 30 * features), labels: labels.slice(0, 30) };
    const sources = {
      train: arraySource(values, features, 4000),
      valid: arraySource(few.values, features),
      test: arraySource(few.values, features),
    };
    const set = {
      name: 'many',
      classes: Array.from({ length: classes }, (_, at) => `class ${at}`),
      labels: { train: labels, valid: few.labels, test: few.labels },
    };
    const { measurements } = await probeColumn({
      column: { tap: 'add_5', depth: 3, shape: '3', reduction: 'flatten' },
      ...{ sources, labelSets: [set], l2: [1e-4], seed: 0, tolerance: 1e-2, memoryBytes: 2 ** 30 },
    });
    expect(measurements[0]!.converged).toBe(true);
    // Every class has one sample: the frequencies alone give log(classes).
    expect(measurements[0]!.train.loss).toBeLessThan(Math.log(classes) - 0.05);
    expect(measurements[0]!.train.loss).toBeGreaterThan(0);
  });
});
