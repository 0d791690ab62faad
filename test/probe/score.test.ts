import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  calibrationError,
  emptyScores,
  knownError,
  knownLoss,
  metricsOf,
  scoreRows,
} from '../../src/probe/score.js';

function score(rows: number[][], own: number[]) {
  const classes = rows[0]!.length;
  const scores = emptyScores(rows.length);
  const labels = Int32Array.from(own);
  const logits = Float32Array.from(rows.flatMap((row) => [99, ...row, 99]));
  scoreRows(scores, { logits, offset: 1, stride: classes + 2, classes, labels, start: 0 });
  return { scores, labels, metrics: metricsOf(scores, labels, classes) };
}

describe('scoreRows', () => {
  it('agrees with sorting the classes and summing the exponentials', () => {
    const rows = fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 12, maxLength: 12 }), {
      minLength: 1,
      maxLength: 8,
    });
    const property = fc.property(rows, fc.nat(11), (logits, label) => {
      const { scores, metrics } = score(
        logits,
        logits.map(() => label),
      );
      const orders = logits.map((row) => row.map((_, at) => at).sort((a, b) => row[b]! - row[a]! || a - b));
      const totals = logits.map((row) => row.reduce((sum, logit) => sum + Math.exp(logit), 0));
      expect([...scores.predicted]).toEqual(orders.map((order) => order[0]));
      expect([...scores.rank]).toEqual(orders.map((order) => order.indexOf(label)));
      for (const [at, row] of logits.entries()) {
        expect(scores.loss[at]).toBeCloseTo(Math.log(totals[at]!) - row[label]!, 5);
        expect(scores.confidence[at]).toBeCloseTo(Math.exp(Math.max(...row)) / totals[at]!, 6);
      }
      const wrong = orders.filter((order) => order[0] !== label).length;
      expect(metrics?.error).toBeCloseTo(wrong / logits.length, 12);
      const late = orders.filter((order) => !order.slice(0, 5).includes(label)).length;
      expect(metrics?.top5Error).toBeCloseTo(late / logits.length, 12);
    });
    fc.assert(property);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'counts a row with the logit %d as wrong, beyond the top 5 too, and predicts nothing',
    (wrong) => {
      for (const place of [0, 4, 11]) {
        const row = Array.from({ length: 12 }, (_, at) => (at === place ? wrong : at));
        const { scores, metrics } = score([row], [place]);
        expect([...scores.predicted, ...scores.rank, ...scores.confidence]).toEqual([-1, 12, 0]);
        expect(metrics).toMatchObject({ error: 1, top5Error: 1, loss: Number.POSITIVE_INFINITY });
      }
    },
  );

  it('tells the rows whose order of logits an error could change', () => {
    const logits = Float32Array.from([0, 1, 5, 0, 4.9, 5, 0, 4.9, 5]);
    const labels = Int32Array.of(2, 2, -1);
    const options = { logits, offset: 0, stride: 3, classes: 3, labels, start: 0 };
    expect(scoreRows(emptyScores(3), { ...options, errors: Float32Array.of(0.1, 0.1, 0.1) })).toEqual([1, 2]);
    expect(scoreRows(emptyScores(3), { ...options, errors: Float32Array.of(0.1, 0.01, 0.01) })).toEqual([]);
  });

  it('gives equal logits to the lower index', () => {
    expect(score([[1, 1]], [0]).metrics?.error).toBe(0);
    expect(score([[1, 1]], [1]).metrics?.error).toBe(1);
  });

  it('predicts rows without a label, and does not count them', () => {
    const rows = [
      [0, 2],
      [3, 0],
    ];
    const { scores, metrics } = score(rows, [-1, 0]);
    expect([...scores.predicted]).toEqual([1, 0]);
    expect(metrics).toMatchObject({ samples: 1, error: 0 });
  });

  it('counts a class that the probe does not know as an error of infinite loss', () => {
    const rows = [
      [0, 0],
      [0, 0],
    ];
    const { scores, labels, metrics } = score(rows, [-2, 0]);
    expect(metrics).toMatchObject({
      samples: 2,
      loss: Number.POSITIVE_INFINITY,
      error: 0.5,
      top5Error: null,
    });
    expect(knownLoss(scores, labels)).toBeCloseTo(Math.log(2), 6);
    expect(knownError(scores, labels)).toBe(0);
  });

  it('survives logits that overflow an exponential', () => {
    expect(score([[1000, 0]], [1]).scores.loss[0]).toBe(1000);
  });
});

describe('calibrationError', () => {
  it('is the mean distance of confidence from accuracy, bin by bin', () => {
    const scores = {
      ...emptyScores(5),
      rank: Int32Array.of(0, 1, 0, 2, -1),
      confidence: Float32Array.of(0.95, 0.95, 0.5, 0.25, 0.99),
    };
    const labels = Int32Array.of(1, 1, 1, 1, -1);
    expect(calibrationError(scores, labels)).toBeCloseTo((0.9 + 0.5 + 0.25) / 4, 6);
  });
});

describe('metricsOf', () => {
  it('has a top-5 error from ten classes on', () => {
    const rows = [[0, 1, 2, 3, 4, 5, 6, 7, 8]];
    expect(score(rows, [0]).metrics?.top5Error).toBeNull();
    expect(score([[...rows[0]!, 9]], [0]).metrics?.top5Error).toBe(1);
  });

  it('is null where nothing counted', () => {
    const none = new Int32Array(3).fill(-1);
    expect(metricsOf(emptyScores(3), none, 10)).toBeNull();
    expect(knownLoss(emptyScores(3), none)).toBe(Number.POSITIVE_INFINITY);
    expect(knownError(emptyScores(3), none)).toBe(1);
  });
});
