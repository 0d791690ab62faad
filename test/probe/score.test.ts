import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyTally, knownLoss, metricsOf, scoreRows } from '../../src/probe/score.js';

function score(rows: number[][], labels: number[]) {
  const classes = rows[0]!.length;
  const tally = emptyTally();
  const predicted = new Int32Array(rows.length);
  const logits = Float32Array.from(rows.flatMap((row) => [99, ...row, 99]));
  scoreRows(tally, {
    logits,
    offset: 1,
    stride: classes + 2,
    classes,
    labels: Int32Array.from(labels),
    predicted,
  });
  return { tally, predicted: [...predicted] };
}

describe('scoreRows', () => {
  it('agrees with sorting the classes and summing the exponentials', () => {
    const rows = fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 12, maxLength: 12 }), {
      minLength: 1,
      maxLength: 8,
    });
    const property = fc.property(rows, fc.nat(11), (logits, label) => {
      const { tally, predicted } = score(
        logits,
        logits.map(() => label),
      );
      const orders = logits.map((row) => row.map((_, at) => at).sort((a, b) => row[b]! - row[a]! || a - b));
      const losses = logits.map(
        (row) => Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - row[label]!,
      );
      expect(predicted).toEqual(orders.map((order) => order[0]));
      expect(tally.errors).toBe(orders.filter((order) => order[0] !== label).length);
      expect(tally.top5Errors).toBe(orders.filter((order) => !order.slice(0, 5).includes(label)).length);
      expect(tally.loss).toBeCloseTo(
        losses.reduce((a, b) => a + b),
        6,
      );
    });
    fc.assert(property);
  });

  it('gives equal logits to the lower index', () => {
    expect(score([[1, 1]], [0]).tally.errors).toBe(0);
    expect(score([[1, 1]], [1]).tally.errors).toBe(1);
  });

  it('predicts rows without a label, and does not count them', () => {
    const { tally, predicted } = score(
      [
        [0, 2],
        [3, 0],
      ],
      [-1, 0],
    );
    expect(predicted).toEqual([1, 0]);
    expect(tally).toMatchObject({ samples: 1, errors: 0 });
  });

  it('counts a class that the probe does not know as an error of infinite loss', () => {
    const { tally } = score(
      [
        [0, 0],
        [0, 0],
      ],
      [-2, 0],
    );
    expect(metricsOf(tally, 3)).toEqual({
      samples: 2,
      loss: Number.POSITIVE_INFINITY,
      error: 0.5,
      top5Error: null,
    });
    expect(knownLoss(tally)).toBeCloseTo(Math.log(2), 12);
  });

  it('survives logits that overflow an exponential', () => {
    expect(score([[1000, 0]], [1]).tally.loss).toBe(1000);
  });
});

describe('metricsOf', () => {
  it('has a top-5 error from ten classes on', () => {
    const tally = { samples: 4, unseen: 0, loss: 2, errors: 2, top5Errors: 1 };
    expect(metricsOf(tally, 9)?.top5Error).toBeNull();
    expect(metricsOf(tally, 10)).toEqual({ samples: 4, loss: 0.5, error: 0.5, top5Error: 0.25 });
  });

  it('is null where nothing counted', () => {
    expect(metricsOf(emptyTally(), 10)).toBeNull();
    expect(knownLoss(emptyTally())).toBe(Number.POSITIVE_INFINITY);
  });
});
