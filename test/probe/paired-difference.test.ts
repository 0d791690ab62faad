import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeDistribution, pairedDifference, pairedInterval } from '../../src/probe/paired-difference.js';
import { randomStream } from '../../src/random.js';
import { hasScipy, scipy } from './scipy.js';

/** From sums over scipy 1.17 `binom.pmf`: [samples, newly wrong, newly right, p]. */
const SCIPY = [
  [2000, 20, 45, 0.0024453218012980057],
  [5, 2, 3, 1],
  [10, 0, 5, 0.04138946533203126],
  [100, 3, 0, 0.14004195372525097],
  [100, 1, 1, 1],
  [1000, 130, 60, 4.836021681796953e-7],
  [500, 0, 1, 0.5345484161330253],
  [2000, 300, 250, 0.03478897533838296],
  [12, 12, 0, 0.0004882812500000001],
  [12, 7, 5, 0.7744140625000002],
] as const;

/** The paired bootstrap by definition: P(D = -n ... n), one draw after the other. */
function convolved(n: number, up: number, down: number): number[] {
  let sums = new Map([[0, 1]]);
  for (let draw = 0; draw < n; draw++) {
    const next = new Map<number, number>();
    for (const [sum, p] of sums) {
      for (const [step, share] of [
        [1, up / n],
        [-1, down / n],
        [0, (n - up - down) / n],
      ] as const)
        next.set(sum + step, (next.get(sum + step) ?? 0) + p * share);
    }
    sums = next;
  }
  return Array.from({ length: 2 * n + 1 }, (_, at) => sums.get(at - n) ?? 0);
}

/** The two-sided p-value of McNemar's exact test: twice the smaller tail of Binomial(newly wrong + newly right, 1 / 2). */
function mcNemar(newlyWrong: number, newlyRight: number): number {
  const different = newlyWrong + newlyRight;
  let [log, sum] = [-different * Math.LN2, 0];
  for (let at = 0; at <= Math.min(newlyWrong, newlyRight); at++) {
    sum += Math.exp(log);
    log += Math.log((different - at) / (at + 1));
  }
  return Math.min(1, 2 * sum);
}

describe('changeDistribution', () => {
  it('is that of so many independent draws for all counts of up to 9 samples', () => {
    for (let n = 1; n <= 9; n++) {
      for (let up = 0; up <= n; up++) {
        for (let down = up === 0 ? 1 : 0; up + down <= n; down++) {
          const exact = convolved(n, up, down);
          const found = [...changeDistribution(n, up, down)];
          for (const [at, p] of exact.entries()) expect(found[at]).toBeCloseTo(p, 13);
          expect(found).toHaveLength(exact.length);
        }
      }
    }
  });

  it('sums to 1, with the mean and the variance of the draws, in millions of samples too', () => {
    const counts = fc
      .integer({ min: 1, max: 2_000_000 })
      .chain((n) => fc.tuple(fc.constant(n), fc.nat({ max: Math.min(n, 40_000) }), fc.nat({ max: 5000 })))
      .filter(([n, up, down]) => up + down > 0 && up + down <= n);
    const property = fc.property(counts, ([n, up, down]) => {
      const distribution = changeDistribution(n, up, down);
      const middle = (distribution.length - 1) / 2;
      let [total, mean, square] = [0, 0, 0];
      for (const [at, p] of distribution.entries()) {
        total += p;
        mean += p * (at - middle);
        square += p * (at - middle) ** 2;
      }
      expect(total).toBeCloseTo(1, 9);
      expect(Math.abs(mean - (up - down))).toBeLessThan(1e-6 * (1 + up + down));
      const variance = up + down - (up - down) ** 2 / n;
      expect(Math.abs(square - mean ** 2 - variance)).toBeLessThan(1e-6 * (1 + (up + down) ** 2));
    });
    fc.assert(property, { numRuns: 25, seed: 3 });
  });
});

describe('pairedDifference', () => {
  it.each(SCIPY)('is that of scipy for %i samples, %i newly wrong, %i newly right', (...row) => {
    const [samples, newlyWrong, newlyRight, p] = row;
    const found = pairedDifference({ samples, newlyWrong, newlyRight });
    expect(found.change).toBeCloseTo((newlyWrong - newlyRight) / samples, 15);
    expect(found.p / p).toBeCloseTo(1, 10);
  });

  it.skipIf(!hasScipy)('is that of sums over the binomial distributions of scipy for drawn counts', () => {
    const random = randomStream('paired');
    const counts = Array.from({ length: 12 }, () => {
      const samples = random.integer(1, 500);
      const newlyWrong = random.integer(0, samples);
      return { samples, newlyWrong, newlyRight: random.integer(0, samples - newlyWrong) };
    }).filter(({ newlyWrong, newlyRight }) => newlyWrong + newlyRight > 0);
    const expected = scipy(REFERENCE, counts) as number[];
    for (const [at, one] of counts.entries()) {
      const { p } = pairedDifference(one);
      expect(Math.abs(p - expected[at]!)).toBeLessThan(1e-10 * p + 1e-15);
    }
  });

  it('is what many bootstrap replicates come to', () => {
    const [samples, newlyWrong, newlyRight, replicates] = [150, 22, 9, 4000];
    const random = randomStream('replicates');
    const drawn = (wrong: number, right: number) =>
      Array.from({ length: replicates }, () => {
        let change = 0;
        for (let at = 0; at < samples; at++) {
          const sample = random.uniform() * samples;
          change += Number(sample < wrong) - Number(sample >= wrong && sample < wrong + right);
        }
        return change;
      }).sort((a, b) => a - b);
    const { p } = pairedDifference({ samples, newlyWrong, newlyRight });
    const chance = drawn(15.5, 15.5).filter((change) => Math.abs(change) >= 13).length / replicates;
    expect(Math.abs(chance - p)).toBeLessThan(3 * Math.sqrt(p / replicates));
  });

  it('agrees with the exact test of McNemar, which is more cautious where few samples differ', () => {
    for (const [newlyWrong, newlyRight] of [
      [40, 20],
      [150, 100],
      [700, 640],
      [1, 9],
    ] as const) {
      const { p } = pairedDifference({ samples: 5000, newlyWrong, newlyRight });
      const exact = mcNemar(newlyWrong, newlyRight);
      expect(p).toBeLessThan(exact);
      expect(exact).toBeLessThan(3 * p);
    }
    const { p } = pairedDifference({ samples: 5000, newlyWrong: 700, newlyRight: 640 });
    expect(mcNemar(700, 640) / p).toBeCloseTo(1, 0);
  });

  it('rejects no more often than its level where neither probe is better', () => {
    const samples = 400;
    for (const different of [3, 8, 20]) {
      const chance = probabilities(samples, different / 2);
      for (const level of [0.05, 0.005, 0.0005]) {
        let rejected = 0;
        for (const { newlyWrong, newlyRight, probability } of chance)
          if (probability > 1e-12 && pairedDifference({ samples, newlyWrong, newlyRight }).p <= level)
            rejected += probability;
        expect(rejected).toBeLessThanOrEqual(level);
      }
    }
  });

  it('has an interval around the change, and the mirrored one for the probes the other way round', () => {
    const counts = fc
      .integer({ min: 1, max: 5000 })
      .chain((n) => fc.tuple(fc.constant(n), fc.nat({ max: n }), fc.nat({ max: n })))
      .filter(([n, up, down]) => up + down <= n);
    const property = fc.property(counts, ([samples, newlyWrong, newlyRight]) => {
      const there = pairedDifference({ samples, newlyWrong, newlyRight });
      const back = pairedDifference({ samples, newlyWrong: newlyRight, newlyRight: newlyWrong });
      expect(there.interval.low).toBeLessThanOrEqual(there.change);
      expect(there.interval.high).toBeGreaterThanOrEqual(there.change);
      expect(back.change).toBeCloseTo(-there.change, 15);
      expect(back.p).toBeCloseTo(there.p, 12);
      expect(back.interval.low).toBeCloseTo(-there.interval.high, 12);
      expect(there.p).toBeGreaterThanOrEqual(0);
      expect(there.p).toBeLessThanOrEqual(1);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('finds no change where no sample differs, and that one of up to 3.83 samples may have gone unseen', () => {
    const { change, interval, p } = pairedDifference({ samples: 2000, newlyWrong: 0, newlyRight: 0 });
    expect([change, p]).toEqual([0, 1]);
    expect(2000 * interval.high).toBeCloseTo(3.834, 2);
    expect(interval.low).toBe(-interval.high);
  });

  it('has an interval that holds the true change in 93 of 100 splits at least, also where few samples differ', () => {
    const samples = 400;
    const means = [0.05, 0.2, 0.6, 1.5, 3, 4.5, 9, 16];
    const most = 60;
    const intervals = Array.from({ length: most }, (_, newlyWrong) =>
      Array.from({ length: most }, (_, newlyRight) => pairedInterval({ samples, newlyWrong, newlyRight })),
    );
    for (const up of means) {
      for (const down of means) {
        let held = 0;
        for (const { newlyWrong, newlyRight, probability } of probabilities(samples, up, down)) {
          const { low, high } = intervals[newlyWrong]?.[newlyRight] ?? { low: 1, high: -1 };
          if (low <= (up - down) / samples && (up - down) / samples <= high) held += probability;
        }
        expect(held, `${up} newly wrong and ${down} newly right on average`).toBeGreaterThan(0.93);
      }
    }
  });
});

/** How often which samples differ, where each is newly wrong or newly right with a probability of its mean / samples. */
function probabilities(samples: number, up: number, down = up) {
  const most = (mean: number) => Math.min(samples, Math.ceil(mean + 8 * Math.sqrt(mean) + 6));
  const [worse, better] = [up / samples, down / samples];
  const neither = 1 - worse - better;
  const found = [];
  let first = neither ** samples;
  for (let newlyWrong = 0; newlyWrong <= most(up); newlyWrong++) {
    let probability = first;
    for (let newlyRight = 0; newlyRight <= Math.min(most(down), samples - newlyWrong); newlyRight++) {
      found.push({ newlyWrong, newlyRight, probability });
      const left = samples - newlyWrong - newlyRight;
      probability *= (left / (newlyRight + 1)) * (better / neither);
    }
    first *= ((samples - newlyWrong) / (newlyWrong + 1)) * (worse / neither);
  }
  return found;
}

const REFERENCE = `
import json, sys
import numpy as np
from scipy.stats import binom
def changes(n, up, down):
    out = np.zeros(2 * n + 1)
    for m in range(n + 1):
        k = np.arange(m + 1)
        out[n + 2 * k - m] += binom.pmf(m, n, (up + down) / n) * binom.pmf(k, m, up / (up + down))
    return out
out = []
for one in json.load(sys.stdin):
    n, up, down = one['samples'], one['newlyWrong'], one['newlyRight']
    even = changes(n, (up + down) / 2, (up + down) / 2)
    beyond = np.abs(np.arange(-n, n + 1)) >= abs(up - down)
    out.append(even[beyond].sum())
print(json.dumps(out))
`;
