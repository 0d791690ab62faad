import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { expectTrue } from './expect-true.js';
import { randomProblem } from './random-problems.js';
import { hasScipy } from './scipy.js';
import { Judge, solved } from './solved-problem.js';

const SIZES = { rows: 2000, features: 120, classes: 30, products: 4e5 };

describe('random problems, small ones', () => {
  let judge: Judge | undefined;
  beforeAll(async () => {
    await loadBackend();
    if (hasScipy) judge = new Judge();
  });
  afterAll(() => judge?.close());

  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'number %d converges, within its gap of the optimum, and is scored as float64 scores it',
    async (seed) => {
      const problem = randomProblem(seed, SIZES);
      const own = await solved(problem);
      expect(own.converged).toBe(true);
      if (judge !== undefined) expectTrue(own, await judge.judge(problem, own.probe, 150));
    },
  );

  it('number 3 ends below every tolerance, unconverged where float64 ends, with a gap that still holds', async () => {
    const problem = randomProblem(3, SIZES);
    const near = await solved(problem, 1e-9);
    expect(near.converged).toBe(true);
    if (judge !== undefined) expectTrue(near, await judge.judge(problem, near.probe, 150));
    const beyond = await solved(problem, 1e-300);
    expect(beyond.converged).toBe(false);
    expect(beyond.passes).toBeLessThan(1000);
    if (judge !== undefined) expectTrue(beyond, await judge.judge(problem, beyond.probe, 150));
  });
});
