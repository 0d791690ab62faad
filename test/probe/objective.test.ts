import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { evaluatePass, type PassProblem } from '../../src/probe/objective.js';
import { ENGINES, openPasses } from './engines.js';
import { referenceAnswer, standardisedRows } from './reference-solver.js';
import { arraySource, drawSplit, normals } from './small-problem.js';

const FEATURES = 6;
const ROWS = 61;
const drawn = drawSplit({ rows: ROWS, features: FEATURES, classes: 3, noise: 1, seed: 1, part: 'train' });
const exact = standardisedRows(drawn.features, FEATURES);

function problemAt(classes: number, labels: Int32Array, seed: number): PassProblem {
  const position = normals((FEATURES + 1) * classes, seed);
  const ask = { position, curvature: true, l2: 1, gapRatio: 1, precision: 'float32' as const };
  return { classes, labels, labelled: labels.filter((label) => label >= 0).length, ask };
}

const some = problemAt(3, drawn.labels, 2);
const partly = problemAt(
  5,
  drawn.labels.map((label, row) => (row % 4 === 0 ? -1 : label + (row % 3))),
  3,
);

function expectNear(values: Float64Array | undefined, expected: Float64Array, digits: number): void {
  expect(values).toHaveLength(expected.length);
  for (const [at, value] of expected.entries()) expect(values![at]).toBeCloseTo(value, digits);
}

beforeAll(() => loadBackend());

describe.each(ENGINES)('evaluatePass with %s', (engine) => {
  const openRows = (chunkRows?: number) =>
    openPasses({ engine, source: arraySource(drawn.features, FEATURES), resident: true, chunkRows });

  it('answers as the float64 reference does, for several problems side by side, unlabelled rows left out', async () => {
    const passes = await openRows();
    const answers = await evaluatePass({ passes, problems: [some, partly] });
    for (const [at, { classes, labels, ask }] of [some, partly].entries()) {
      const expected = referenceAnswer({ rows: exact, labels, classes }, ask.position);
      expect(answers[at]!.crossEntropy).toBeCloseTo(expected.crossEntropy, 5);
      expectNear(answers[at]!.gradient, expected.gradient, 5);
      expectNear(answers[at]!.secondMoment, expected.secondMoment, 5);
    }
    passes.dispose();
  });

  it('gives the gradient that finite differences of its cross-entropy give', async () => {
    const passes = await openRows();
    const [answer] = await evaluatePass({ passes, problems: [partly] });
    const step = 0.02;
    for (const at of partly.ask.position.keys()) {
      const moved = [step, -step].map((by) => {
        const position = partly.ask.position.slice();
        position[at]! += by;
        return { ...partly, ask: { ...partly.ask, position } };
      });
      const [up, down] = await evaluatePass({ passes, problems: moved });
      const slope = (up!.crossEntropy - down!.crossEntropy) / (2 * step);
      expect(answer!.gradient[at]).toBeCloseTo(slope, 3);
    }
    passes.dispose();
  });

  it('does not depend on the size of the chunks, and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const losses: number[] = [];
    for (const chunkRows of [1, 10, 61, 1000]) {
      const passes = await openRows(chunkRows);
      const [answer] = await evaluatePass({ passes, problems: [some] });
      losses.push(Math.hypot(...answer!.gradient));
      passes.dispose();
    }
    for (const loss of losses) expect(loss).toBeCloseTo(losses[0]!, 5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stops with an InterruptedError when the signal is raised, and frees its tensors', async () => {
    const before = tf.memory().numTensors;
    const passes = await openRows();
    const signal = AbortSignal.abort();
    const pass = evaluatePass({ passes, problems: [some], signal });
    await expect(pass).rejects.toThrow('probing was interrupted');
    passes.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
