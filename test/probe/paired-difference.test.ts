import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeDistribution, pairedDifference } from '../../src/probe/paired-difference.js';
import { randomStream } from '../../src/random.js';
import { hasScipy, scipy } from './scipy.js';

/** From sums over scipy 1.17 `binom.pmf`: [samples, newly wrong, newly right, low, high, p], low and high in samples. */
const SCIPY = [
  [2000, 20, 45, -41, -9, 0.0024453218012980057],
  [5, 2, 3, -5, 3, 1],
  [10, 0, 5, -8, -2, 0.04138946533203126],
  [100, 3, 0, 0, 7, 0.14004195372525097],
  [100, 1, 1, -3, 3, 1],
  [1000, 130, 60, 43, 97, 4.836021681796953e-7],
  [500, 0, 1, -3, 0, 0.5345484161330253],
  [2000, 300, 250, 4, 96, 0.03478897533838296],
  [12, 12, 0, 12, 12, 0.0004882812500000001],
  [12, 7, 5, -4, 8, 0.7744140625000002],
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
    const [samples, newlyWrong, newlyRight, low, high, p] = row;
    const found = pairedDifference({ samples, newlyWrong, newlyRight });
    expect(found.change).toBeCloseTo((newlyWrong - newlyRight) / samples, 15);
    expect(found.interval).toEqual({ low: low / samples, high: high / samples });
    expect(found.p / p).toBeCloseTo(1, 10);
  });

  it.skipIf(!hasScipy)('is that of sums over the binomial distributions of scipy for drawn counts', () => {
    const random = randomStream('paired');
    const counts = Array.from({ length: 12 }, () => {
      const samples = random.integer(1, 500);
      const newlyWrong = random.integer(0, samples);
      return { samples, newlyWrong, newlyRight: random.integer(0, samples - newlyWrong) };
    }).filter(({ newlyWrong, newlyRight }) => newlyWrong + newlyRight > 0);
    const expected = scipy(REFERENCE, counts) as { low: number; high: number; p: number }[];
    for (const [at, one] of counts.entries()) {
      const { interval, p } = pairedDifference(one);
      const { low, high } = expected[at]!;
      expect(interval).toEqual({ low: low / one.samples, high: high / one.samples });
      expect(Math.abs(p - expected[at]!.p)).toBeLessThan(1e-10 * p + 1e-15);
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
    const { interval, p } = pairedDifference({ samples, newlyWrong, newlyRight });
    const observed = drawn(newlyWrong, newlyRight);
    expect(Math.abs(observed[0.025 * replicates]! - interval.low * samples)).toBeLessThanOrEqual(1);
    expect(Math.abs(observed[0.975 * replicates]! - interval.high * samples)).toBeLessThanOrEqual(1);
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
      expect(Math.abs(back.interval.low + there.interval.high)).toBeLessThanOrEqual(1.5 / samples);
      expect(there.p).toBeGreaterThanOrEqual(0);
      expect(there.p).toBeLessThanOrEqual(1);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('finds no change where no sample differs', () => {
    expect(pairedDifference({ samples: 100, newlyWrong: 0, newlyRight: 0 })).toEqual({
      change: 0,
      interval: { low: 0, high: 0 },
      p: 1,
    });
  });
});

/** How often which samples differ, where each is newly wrong and newly right with a chance of `mean / samples`. */
function probabilities(samples: number, mean: number) {
  const most = Math.ceil(mean + 8 * Math.sqrt(mean) + 6);
  const share = mean / samples;
  const found = [];
  let first = (1 - 2 * share) ** samples;
  for (let newlyWrong = 0; newlyWrong <= most; newlyWrong++) {
    let probability = first;
    for (let newlyRight = 0; newlyRight <= most; newlyRight++) {
      found.push({ newlyWrong, newlyRight, probability });
      const left = samples - newlyWrong - newlyRight;
      probability *= (left / (newlyRight + 1)) * (share / (1 - 2 * share));
    }
    first *= ((samples - newlyWrong) / (newlyWrong + 1)) * (share / (1 - 2 * share));
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
    sums = np.cumsum(changes(n, up, down))
    even = changes(n, (up + down) / 2, (up + down) / 2)
    beyond = np.abs(np.arange(-n, n + 1)) >= abs(up - down)
    out.append({'low': int(np.argmax(sums >= 0.025)) - n, 'high': int(np.argmax(sums >= 0.975)) - n, 'p': even[beyond].sum()})
print(json.dumps(out))
`;
