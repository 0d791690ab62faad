/**
 * Three hundred random problems against scipy in float64: every one converges, its objective is within the stated gap of
 * the optimum, and its scores are those of float64. About ten minutes; `PROBLEMS=100:120` takes some of them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { expectTrue } from './expect-true.js';
import { randomProblem } from './random-problems.js';
import { hasScipy } from './scipy.js';
import { Judge, solved } from './solved-problem.js';

const [FIRST = 0, END = 300] = (process.env.PROBLEMS ?? '').split(':').filter(Boolean).map(Number);
const SIZES = { rows: 50_000, features: 3000, classes: 200, products: 1e8 };

/** Multiplications that scipy may take for one problem. */
const REFERENCE_PRODUCTS = 1e9;

describe.skipIf(!hasScipy)('random problems', () => {
  let judge: Judge;
  beforeAll(async () => {
    await loadBackend();
    judge = new Judge();
  });
  afterAll(() => judge.close());

  it.each(Array.from({ length: END - FIRST }, (_, at) => FIRST + at))(
    'number %d converges, within its gap of the optimum, and is scored as float64 scores it',
    { timeout: 600_000 },
    async (seed) => {
      const problem = randomProblem(seed, SIZES);
      const { rows, features, classes, l2, traits } = problem;
      const own = await solved(problem);
      const what = `${rows} x ${features}, ${classes} classes, l2 ${l2.toExponential(1)}, ${traits.join(', ')}`;
      expect(own.converged, what).toBe(true);
      const steps = Math.max(10, Math.min(300, Math.round(REFERENCE_PRODUCTS / (rows * features * classes))));
      expectTrue(own, await judge.judge(problem, own.probe, steps));
    },
  );
});
