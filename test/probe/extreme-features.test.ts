import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { type ColumnOptions, probeColumn } from '../../src/probe/probe-column.js';
import type { ProbeKind } from '../../src/probe/probe-kind.js';
import type { FeatureSource } from '../../src/read/feature-source.js';
import { toFloat16 } from '../../src/store/float16.js';
import { arraySource, drawProblem } from './small-problem.js';

const FEATURES = 3;
const problem = drawProblem({
  rows: { train: 90, valid: 40, test: 30 },
  ...{ features: FEATURES, classes: 3, noise: 1, seed: 12 },
});

function sourcesOf(change: (value: number, feature: number) => number, halves = false) {
  const source = (values: Float32Array): FeatureSource => {
    const changed = values.map((value, at) => change(value, at % FEATURES));
    if (!halves) return arraySource(changed, FEATURES);
    const bits = new Uint16Array(changed.length);
    toFloat16(changed, bits);
    const rows = bits.length / FEATURES;
    return {
      ...{ rows, features: FEATURES },
      async *blocks() {
        yield { rows, values: bits };
      },
    };
  };
  return {
    train: source(problem.train.features),
    valid: source(problem.valid.features),
    test: source(problem.test.features),
  };
}

async function probed(kind: ProbeKind, sources: ColumnOptions['sources']) {
  const { measurements } = await probeColumn({
    column: { tap: 'add_5', depth: 3, shape: '7x7x64', reduction: 'average-pool' },
    ...{ sources, kind, seed: 0, memoryBytes: 2 ** 28 },
    l2: kind === 'centroid' ? [] : kind === 'sgd' ? [0] : [1e-2],
    stochastic: { rates: [0.1], epochs: 5, patience: 5, batch: 30 },
    labelSets: [
      {
        ...{ name: 'label', classes: ['a', 'b', 'c'] },
        labels: { train: problem.train.labels, valid: problem.valid.labels, test: problem.test.labels },
      },
    ],
  });
  return measurements[0]!;
}

describe.each(['tensorflow', 'wasm'] as const)('features beyond what float32 can square, %s', (backend) => {
  beforeAll(() => loadBackend(backend));

  it.each(['softmax', 'sgd', 'ridge', 'centroid', 'lda'] as const)(
    'are worth to %s what they are worth at an ordinary size, large or small',
    async (kind) => {
      const plain = await probed(
        kind,
        sourcesOf((value) => value),
      );
      for (const power of [-135, 118]) {
        const scaled = await probed(
          kind,
          sourcesOf((value) => value * 2 ** power),
        );
        expect(scaled.usedFeatures).toBe(FEATURES);
        expect(scaled.test!.loss).toBeCloseTo(plain.test!.loss, power === -135 ? 2 : 4);
      }
    },
  );

  it('are worth the same in float16, and beside a mean a million deviations away', async () => {
    const plain = await probed(
      'softmax',
      sourcesOf((value) => Math.round(value * 8)),
    );
    const halves = await probed(
      'softmax',
      sourcesOf((value) => Math.round(value * 8), true),
    );
    const far = await probed(
      'softmax',
      sourcesOf((value) => 2 ** 20 + Math.round(value * 8)),
    );
    expect(halves.test!.loss).toBeCloseTo(plain.test!.loss, 4);
    expect(far.usedFeatures).toBe(FEATURES);
    expect(far.test!.loss).toBeCloseTo(plain.test!.loss, 3);
  });
});
