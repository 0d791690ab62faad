import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Optimiser, startOptimiser } from '../../scripts/experiments/training/optimiser.js';
import { loadBackend } from '../../src/backend/backend.js';

beforeAll(async () => {
  await loadBackend();
});

/** Where w, which begins at 5, is after each step down w^2 / 2, whose gradient is w, at these rates. */
function path(optimiser: Optimiser, rates: readonly number[]): number[] {
  const start = tf.scalar(5);
  const w = tf.variable(start);
  const running = startOptimiser(optimiser);
  const places = rates.map((rate) => {
    running.step(rate, () => w.square().mul<tf.Scalar>(0.5)).dispose();
    return w.dataSync()[0]!;
  });
  running.dispose();
  tf.dispose([w, start]);
  return places;
}

const RATES = [0.1, 0.1, 0.02];

/** The same by the formulas of the papers, in float64. */
function expected(step: (state: { m: number; v: number }, g: number, t: number) => number): number[] {
  const state = { m: 0, v: 0 };
  let w = 5;
  return RATES.map((rate, at) => {
    w -= rate * step(state, w, at + 1);
    return w;
  });
}

describe('an optimiser', () => {
  it('of descent goes down the gradient by the rate of each step', () => {
    const places = path({ kind: 'sgd' }, RATES);
    for (const [at, place] of expected((_, g) => g).entries()) expect(places[at]).toBeCloseTo(place, 5);
  });

  it('with momentum remembers the gradients, but not the rates', () => {
    const momentum = 0.9;
    const places = path({ kind: 'momentum', momentum }, RATES);
    const wanted = expected((state, g) => {
      state.m = momentum * state.m + g;
      return state.m;
    });
    for (const [at, place] of wanted.entries()) expect(places[at]).toBeCloseTo(place, 5);
  });

  it("called Adam takes Kingma and Ba's steps, at the rate of each", () => {
    const places = path({ kind: 'adam' }, RATES);
    const wanted = expected((state, g, t) => {
      state.m = 0.9 * state.m + 0.1 * g;
      state.v = 0.999 * state.v + 0.001 * g * g;
      return state.m / (1 - 0.9 ** t) / (Math.sqrt(state.v / (1 - 0.999 ** t)) + 1e-8);
    });
    // In float32 the first 1 - 0.999^t has three digits.
    for (const [at, place] of wanted.entries()) expect(places[at]).toBeCloseTo(place, 3);
  });

  it('leaves no tensors behind', () => {
    for (const kind of ['sgd', 'adam'] as const) path({ kind }, RATES);
    const before = tf.memory().numTensors;
    const all: readonly Optimiser[] = [
      { kind: 'sgd' },
      { kind: 'momentum', momentum: 0.9 },
      { kind: 'adam' },
    ];
    for (const optimiser of all) path(optimiser, RATES);
    expect(tf.memory().numTensors).toBe(before);
  });
});
