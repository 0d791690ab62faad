import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { randomStream } from '../../src/random.js';
import type { FeatureSource } from '../../src/read/feature-source.js';
import { toFloat16 } from '../../src/store/float16.js';
import { ENGINES, openPasses } from './engines.js';
import { arraySource, drawSplit, normals } from './small-problem.js';

const [ROWS, FEATURES, CLASSES] = [70, 5, 3];
const drawn = drawSplit({
  rows: ROWS,
  features: FEATURES,
  classes: CLASSES,
  noise: 2,
  seed: 2,
  part: 'train',
});

/** The same rows as the bits of float16. */
function halved(source: FeatureSource): FeatureSource {
  return {
    ...source,
    async *blocks(how) {
      for await (const { rows, values } of source.blocks(how)) {
        const bits = new Uint16Array(values.length);
        toFloat16(values as Float32Array, bits);
        yield { rows, values: bits };
      }
    },
  };
}

describe.each(ENGINES)('the sums over minibatches, %s', (engine) => {
  beforeAll(() => loadBackend());

  it.each([
    ['float32', true],
    ['float32', false],
    ['float16', true],
    ['float16', false],
  ] as const)('of an epoch are those of one pass: %s, in memory %s', async (dtype, resident) => {
    const plain = arraySource(drawn.features, FEATURES);
    const source = dtype === 'float16' ? halved({ ...plain }) : plain;
    const passes = await openPasses({ engine, source, resident });
    const labels = [drawn.labels, drawn.labels.map((label, row) => (row % 4 === 0 ? -1 : label))];
    const weights = Float32Array.from(normals((FEATURES + 1) * 2 * CLASSES, 3), (value) => value / 4);
    const whole = await passes.accumulate({
      weights,
      problems: labels.map((own) => ({ classes: CLASSES, labels: own, curvature: false })),
    });
    const gradient = new Float64Array(weights.length).fill(9);
    const total = new Float64Array(weights.length);
    const problems = labels.map(() => ({
      ...{ classes: CLASSES, labels: new Int32Array(16) },
      sums: new Float64Array(2),
    }));
    for await (const { rows, values } of passes.minibatches({ batch: 16, random: randomStream(1) })) {
      for (const [set, own] of labels.entries()) problems[set]!.labels.set(rows.map((row) => own[row]!));
      await passes.accumulateBatch({ values, weights, problems, gradient });
      for (let at = 0; at < total.length; at++) total[at]! += gradient[at]!;
    }
    for (const [at, value] of whole.gradient.entries()) expect(total[at]).toBeCloseTo(value, 3);
    for (const [at, { loss, squares }] of whole.problems.entries()) {
      expect(problems[at]!.sums[0]! / loss).toBeCloseTo(1, 5);
      expect(problems[at]!.sums[1]! / squares).toBeCloseTo(1, 5);
    }
    passes.dispose();
  });
});
