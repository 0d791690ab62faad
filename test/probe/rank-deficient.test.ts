import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { probeColumn } from '../../src/probe/probe-column.js';
import { arraySource, normals } from './small-problem.js';

const [FEATURES, RANK, CLASSES] = [80, 5, 4];

/** Features that are sums of five others, labels that depend on those and on chance, two in five of them absent. */
function drawn(rows: number, seed: number) {
  const hidden = normals(rows * RANK, seed, 'hidden');
  const mix = normals(RANK * FEATURES, 'mix');
  const map = normals(RANK * CLASSES, 'map');
  const noise = normals(rows * CLASSES, seed, 'noise');
  const absent = normals(rows, seed, 'absent');
  const sum = (row: number, weights: Float64Array, width: number, at: number) =>
    Array.from({ length: RANK }, (_, k) => hidden[row * RANK + k]! * weights[k * width + at]!).reduce(
      (a, b) => a + b,
    );
  const features = Float32Array.from({ length: rows * FEATURES }, (_, at) =>
    sum(Math.floor(at / FEATURES), mix, FEATURES, at % FEATURES),
  );
  const labels = Int32Array.from({ length: rows }, (_, row) => {
    const logits = Array.from(
      { length: CLASSES },
      (_, at) => sum(row, map, CLASSES, at) + 3 * noise[row * CLASSES + at]!,
    );
    return absent[row]! < -0.25 ? -1 : logits.indexOf(Math.max(...logits));
  });
  return { features, labels };
}

function columnOf(seed: number, l2: readonly number[]) {
  const splits = { train: drawn(60, seed), valid: drawn(100, seed + 100), test: drawn(400, seed + 200) };
  const of = <Item>(make: (split: ReturnType<typeof drawn>) => Item) => ({
    train: make(splits.train),
    valid: make(splits.valid),
    test: make(splits.test),
  });
  return probeColumn({
    column: { tap: 'add_5', depth: 3, shape: '80', reduction: 'flatten' },
    sources: of(({ features }) => arraySource(features, FEATURES)),
    labelSets: [{ name: 'label', classes: ['a', 'b', 'c', 'd'], labels: of(({ labels }) => labels) }],
    ...{ l2, seed: 0, memoryBytes: 2 ** 28 },
  });
}

describe('features of low rank with labels absent, one tiny l2', () => {
  beforeAll(() => loadBackend());

  it.each([1, 2, 3, 4, 5, 6, 7])(
    'converges and errs as the end of a path from larger values does (%d)',
    async (seed) => {
      const [alone] = (await columnOf(seed, [1e-7])).measurements;
      const path = (await columnOf(seed, [1e-1, 1e-3, 1e-5, 1e-7])).measurements;
      expect(alone!.converged).toBe(true);
      expect(path.every(({ converged }) => converged)).toBe(true);
      expect(alone!.train.loss).toBeCloseTo(path.at(-1)!.train.loss, 2);
      expect(Math.abs(alone!.valid.error - path.at(-1)!.valid.error)).toBeLessThan(0.06);
    },
  );
});
