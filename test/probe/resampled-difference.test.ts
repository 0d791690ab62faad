import { describe, expect, it } from 'vitest';
import { resampledDifference } from '../../src/probe/resampled-difference.js';
import { studentDeviate, studentTail } from '../../src/probe/student-tail.js';
import { randomStream } from '../../src/random.js';

describe('studentTail', () => {
  it.each([
    // t tables: two-sided 5 %, 1 % and 0.1 %.
    [12.7062, 1, 0.05],
    [2.77645, 4, 0.05],
    [4.60409, 4, 0.01],
    [3.16927, 10, 0.01],
    [3.85, 29, 0.0006],
  ])('is as in tables for t = %f and %i degrees of freedom', (t, freedom, p) => {
    expect(studentTail(t, freedom)).toBeCloseTo(p, 5);
    expect(studentTail(studentDeviate(p, freedom), freedom) / p).toBeCloseTo(1, 10);
  });

  it('has the closed forms of one, two and three degrees of freedom, also far out', () => {
    for (const t of [1e-6, 0.3, 1, 2.5, 40, 1e4]) {
      const angle = Math.atan2(1, t);
      expect(studentTail(t, 1) / ((2 / Math.PI) * angle)).toBeCloseTo(1, 10);
      const root = Math.hypot(t, Math.SQRT2);
      expect(studentTail(t, 2) / (2 / (root * (root + t)))).toBeCloseTo(1, 10);
      const turned = Math.atan2(Math.sqrt(3), t);
      const three = (2 / Math.PI) * (turned - Math.sin(2 * turned) / 2);
      if (t < 100) expect(studentTail(t, 3) / three).toBeCloseTo(1, 8);
    }
    expect([studentTail(0, 5), studentTail(Number.POSITIVE_INFINITY, 5)]).toEqual([1, 0]);
  });
});

describe('resampledDifference', () => {
  it('is the t-test with the variance times 1 / J + n_test / n_train', () => {
    const before = [0.3, 0.32, 0.28, 0.31, 0.29];
    const after = [0.25, 0.29, 0.26, 0.24, 0.26];
    const { change, interval, p } = resampledDifference(before, after, 5)!;
    const differences = [-0.05, -0.03, -0.02, -0.07, -0.03];
    const variance = differences.reduce((sum, one) => sum + (one + 0.04) ** 2, 0) / 4;
    const error = Math.sqrt((1 / 5 + 1 / 4) * variance);
    expect(change).toBeCloseTo(-0.04, 12);
    expect(interval.low).toBeCloseTo(-0.04 - 2.776445 * error, 7);
    expect(interval.high).toBeCloseTo(-0.04 + 2.776445 * error, 7);
    expect(p).toBeCloseTo(studentTail(0.04 / error, 4), 12);
    expect(resampledDifference(after, before, 5)!.p).toBeCloseTo(p, 12);
  });

  it('finds nothing where nothing differs, and is none for one fold alone', () => {
    expect(resampledDifference([0.1, 0.2], [0.1, 0.2], 2)).toEqual({
      change: 0,
      interval: { low: 0, high: 0 },
      p: 1,
    });
    expect(resampledDifference([0.1], [0.2], 2)).toBeNull();
  });

  it('rejects as often as it says where the differences correlate as it takes them to', () => {
    const random = randomStream('resampled');
    const normal = () =>
      Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
    const runs = 2000;
    let rejected = 0;
    for (let run = 0; run < runs; run++) {
      // Nadeau & Bengio: a correlation of n_test / (n_test + n_train), 1 / 5 for five folds.
      const common = Math.sqrt(0.2) * normal();
      const after = Array.from({ length: 5 }, () => 0.5 + 0.01 * (common + Math.sqrt(0.8) * normal()));
      rejected += Number(resampledDifference(new Array(5).fill(0.5), after, 5)!.p <= 0.05);
    }
    // 5 % of 2,000 are 100, with a deviation of 10.
    expect(rejected).toBeGreaterThan(70);
    expect(rejected).toBeLessThan(130);
  });
});
