import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { evaluatePass, type PassProblem } from '../../src/probe/objective.js';
import type { Point } from '../../src/probe/point.js';
import { featureSpread, gradientRounding } from '../../src/probe/rounding.js';
import type { Precision, RowPasses } from '../../src/probe/row-passes.js';
import { measureStandardisation } from '../../src/probe/standardise.js';
import { ENGINES, openPasses } from './engines.js';
import { randomProblem } from './random-problems.js';
import { productOf, referenceAnswer } from './reference-solver.js';
import { arraySource, normals } from './small-problem.js';

const COLUMN = { tap: 'add_5', reduction: 'flatten' };
const SIZES = { rows: 1500, features: 300, classes: 40, products: 1e6 };

async function pointIn(passes: RowPasses, problem: PassProblem, precision: Precision): Promise<Point> {
  const [answer] = await evaluatePass({ passes, problems: [problem], precision });
  const { position } = problem.ask;
  return { ...answer!, position, precision, l2: 0, objective: answer!.crossEntropy };
}

function weightError(left: ArrayLike<number>, right: ArrayLike<number>, weights: number): number {
  let sum = 0;
  for (let at = 0; at < weights; at++) sum += (left[at]! - right[at]!) ** 2;
  return Math.sqrt(sum);
}

for (const engine of ENGINES) {
  describe(`gradientRounding, ${engine}`, () => {
    beforeAll(() => loadBackend());

    it('is above what float32 adds to a gradient, at small weights and at large ones, and not a thousandfold', async () => {
      const ratios: number[] = [];
      for (let seed = 0; seed < 30; seed++) {
        const { values, labels, features, classes } = randomProblem(seed, SIZES);
        const passes = await openPasses({
          engine,
          source: arraySource(values, features, 64),
          resident: true,
        });
        const labelled = labels.filter((label) => label >= 0).length;
        const scale = [0.01, 1, 20][seed % 3]! / Math.sqrt(features);
        const position = normals((features + 1) * classes, seed, 'position').map((value) => scale * value);
        const ask = { position, curvature: false, l2: 0, gapRatio: 0, precision: 'float32' as const };
        const problem = { classes, labels, labelled, ask };
        const narrow = await pointIn(passes, problem, 'float32');
        const exact = await pointIn(passes, problem, 'float64');
        const gram = Float32Array.from(await passes.gram({ precision: 'rough' }), (sum) => sum / passes.rows);
        const spread = featureSpread(passes, problem, gram);
        const bound = gradientRounding(narrow, { features, classes }, spread);
        const error = weightError(narrow.gradient, exact.gradient, features * classes);
        expect(error).toBeLessThanOrEqual(bound);
        ratios.push(error / bound);
        passes.dispose();
      }
      expect(Math.max(...ratios)).toBeGreaterThan(1e-3);
    });

    it('is far less in float64, whose passes are what plain loops give', async () => {
      const { values, labels, features, classes } = randomProblem(2, {
        ...SIZES,
        rows: 60,
        features: 12,
        classes: 5,
      });
      const passes = await openPasses({ engine, source: arraySource(values, features), resident: true });
      const labelled = labels.filter((label) => label >= 0).length;
      const position = normals((features + 1) * classes, 'exact');
      const ask = { position, curvature: true, l2: 0, gapRatio: 0, precision: 'float64' as const };
      const found = await pointIn(passes, { classes, labels, labelled, ask }, 'float64');
      const { mean, scale } = await measureStandardisation(arraySource(values, features), COLUMN);
      const rows = Array.from({ length: labels.length }, (_, row) =>
        Array.from({ length: features }, (_, at) => (values[row * features + at]! - mean[at]!) * scale[at]!),
      );
      const expected = referenceAnswer({ rows, labels, classes }, position);
      const bound = gradientRounding(
        found,
        { features, classes },
        featureSpread(passes, { classes, labelled }),
      );
      expect(weightError(found.gradient, expected.gradient, features * classes)).toBeLessThanOrEqual(
        2 * bound,
      );
      expect(found.crossEntropy).toBeCloseTo(expected.crossEntropy, 12);
      const direction = normals(position.length, 'direction');
      const turned = { classes, labels, labelled, ask: { ...ask, direction } };
      const product = await pointIn(passes, turned, 'float64');
      const exact = productOf({ rows, labels, classes }, position, direction);
      expect(weightError(product.gradient, exact, position.length)).toBeLessThan(1e-11);
      for (const [at, value] of expected.secondMoment.entries())
        expect(found.secondMoment![at]).toBeCloseTo(value, 12);
      passes.dispose();
    });
  });
}
