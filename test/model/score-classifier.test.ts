import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scoreClassifier } from '../../src/model/score-classifier.js';

const rows = fc.float32Array({ minLength: 1, maxLength: 12, min: 0, max: 1, noNaN: true });

describe('scoreClassifier', () => {
  test('gives prediction, loss in nats and rank', () => {
    const row = Float32Array.of(0.25, 0.5, 0.125, 0.125);
    expect(scoreClassifier(row, 1)).toEqual({ prediction: 1, loss: Math.log(2), rank: 0 });
    expect(scoreClassifier(row, 3)).toEqual({ prediction: 1, loss: Math.log(8), rank: 3 });
  });

  test('puts the lower index first among equals', () => {
    expect(scoreClassifier(Float32Array.of(0.5, 0.5), 0)).toMatchObject({ prediction: 0, rank: 0 });
    expect(scoreClassifier(Float32Array.of(0.5, 0.5), 1)).toMatchObject({ prediction: 0, rank: 1 });
  });

  test('has a finite loss where the probability is zero', () => {
    expect(scoreClassifier(Float32Array.of(0, 1), 0).loss).toBeCloseTo(87.498, 3);
  });

  test('never counts a row that is not numbers as right', () => {
    expect(scoreClassifier(Float32Array.of(Number.NaN, Number.NaN), 0)).toEqual({
      prediction: 0,
      loss: Number.NaN,
      rank: 2,
    });
    expect(scoreClassifier(Float32Array.of(Number.NaN, 0.5), 1)).toMatchObject({ prediction: 1, rank: 0 });
  });

  test('rank 0 means that the prediction is the truth, and ranks are a permutation', () => {
    fc.assert(
      fc.property(rows, (row) => {
        const scores = Array.from(row, (_, output) => scoreClassifier(row, output));
        expect(scores.map(({ rank }) => rank).sort((a, b) => a - b)).toEqual(Array.from(row, (_, at) => at));
        for (const [output, { prediction, rank }] of scores.entries())
          expect(rank === 0).toBe(prediction === output);
      }),
    );
  });

  test('refuses an output that is not there', () => {
    expect(() => scoreClassifier(Float32Array.of(1), 1)).toThrow(RangeError);
    expect(() => scoreClassifier(Float32Array.of(1), -1)).toThrow(RangeError);
  });
});
