import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kendallTau } from '../../src/probe/kendall.js';
import { normalDeviate, normalTail } from '../../src/probe/normal-tail.js';
import { randomStream } from '../../src/random.js';
import { hasScipy, scipy } from './scipy.js';

/** scipy 1.17 `kendalltau(x, y, method=...)`: x, y, method, tau, p. */
const SCIPY = [
  [[1, 2, 3, 4, 5], [5, 4, 3, 1, 2], 'exact', -0.8, 0.08333333333333333],
  [[1, 2, 2, 4, 5], [5, 4, 3, 3, 2], 'normal', -0.8888888888888888, 0.03735647244558174],
] as const;

const REFERENCE = `
import json, sys
from scipy.stats import kendalltau
names = {'exact': 'exact', 'normal': 'asymptotic'}
out = [kendalltau(x, y, method=names[method]) for x, y, method in json.load(sys.stdin)]
print(json.dumps([[float(each.statistic), float(each.pvalue)] for each in out]))
`;

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n, ...rest.slice(at)]),
  );
}

const inversions = (order: readonly number[]) =>
  order.flatMap((a, at) => order.slice(at + 1).filter((b) => b < a)).length;

describe('kendallTau', () => {
  it.each(SCIPY)('is that of scipy for %j and %j', (x, y, method, tau, p) => {
    const found = kendallTau(x, y);
    expect(found.method).toBe(method);
    expect(found.tau).toBeCloseTo(tau, 14);
    expect(found.p).toBeCloseTo(p, 14);
  });

  it.skipIf(!hasScipy)('is that of scipy for drawn values, with ties and without, up to 128', () => {
    const random = randomStream('kendall');
    const drawn = [3, 4, 7, 20, 33, 60, 128].flatMap((n) =>
      [n / 3, 1e9].flatMap((range) =>
        [0, 1.5].map((slope) => {
          const x = Array.from({ length: n }, (_, at) => (range === 1e9 ? at : Math.floor(at / 2)));
          return [x, x.map((at) => Math.floor((random.uniform() - (slope * at) / n) * range))] as const;
        }),
      ),
    );
    const cases = drawn
      .map(([x, y]) => [x, y, kendallTau(x, y)] as const)
      .filter(([, , { tau }]) => tau !== null);
    expect(cases.length).toBeGreaterThan(24);
    expect(new Set(cases.map(([, , { method }]) => method))).toEqual(new Set(['exact', 'normal']));
    const given = cases.map(([x, y, { method }]) => [x, y, method]);
    const expected = scipy(REFERENCE, given) as [number, number][];
    for (const [at, [, , { tau, p }]] of cases.entries()) {
      expect(tau).toBeCloseTo(expected[at]![0], 12);
      expect(p! / expected[at]![1]).toBeCloseTo(1, 9);
    }
  });

  it('has the p-value of all orders counted, for every order of up to 6', () => {
    for (let n = 2; n <= 6; n++) {
      const all = permutations(n);
      const counts = all.map(inversions);
      const most = (n * (n - 1)) / 2;
      for (const order of all) {
        const own = Math.abs(2 * inversions(order) - most);
        const extreme = counts.filter((count) => Math.abs(2 * count - most) >= own).length / all.length;
        const { p } = kendallTau(
          order.map((_, at) => at),
          order,
        );
        expect(p).toBeCloseTo(extreme, 13);
      }
    }
  });

  it('counts every pair once, is the negative for the reverse, and lies within -1 and 1', () => {
    const values = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 })), {
      minLength: 2,
      maxLength: 40,
    });
    const property = fc.property(values, (pairs) => {
      const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
      const there = kendallTau(x, y);
      const back = kendallTau(
        x,
        y.map((value) => -value),
      );
      expect([back.concordant, back.discordant]).toEqual([there.discordant, there.concordant]);
      const strict = pairs.flatMap(([a, b], at) =>
        pairs.slice(0, at).filter(([c, d]) => a !== c && b !== d),
      ).length;
      expect(there.concordant + there.discordant).toBe(strict);
      if (there.tau === null || there.p === null) return;
      expect(there.tau + back.tau!).toBeCloseTo(0, 14);
      expect(back.p).toBe(there.p);
      expect(Math.abs(there.tau)).toBeLessThanOrEqual(1 + 1e-12);
      expect(there.p).toBeGreaterThanOrEqual(0);
      expect(there.p).toBeLessThanOrEqual(1);
    });
    fc.assert(property);
  });

  it('has none where all values are equal, or there is one', () => {
    expect(kendallTau([1, 2, 3], [4, 4, 4])).toMatchObject({ tau: null, p: null, concordant: 0 });
    expect(kendallTau([1], [2])).toMatchObject({ tau: null, p: null });
    expect(kendallTau([], [])).toMatchObject({ tau: null, p: null });
  });

  it('is 1 and -1 for 128 values in order and in reverse, with p = 2 / 128!', () => {
    const x = Array.from({ length: 128 }, (_, at) => at);
    expect(kendallTau(x, x).tau).toBe(1);
    const { tau, p } = kendallTau(x, x.toReversed());
    expect(tau).toBe(-1);
    const logFactorial = x.reduce((sum, at) => sum + Math.log(at + 1), 0);
    expect(Math.log(p! / 2)).toBeCloseTo(-logFactorial, 8);
  });
});

describe('normalTail', () => {
  it('is 2 * norm.sf of scipy', () => {
    for (const [z, p] of [
      [0, 1],
      [0.1, 0.920344325445942],
      [1, 0.31731050786291415],
      [2.4999, 0.012422836749889175],
      [2.5, 0.012419330651552265],
      [5, 5.733031437583866e-7],
      [10, 1.523970604832094e-23],
      [37, 1.1451142445047853e-299],
    ] as const) {
      expect(normalTail(z) / p).toBeCloseTo(1, 12);
    }
  });
});

describe('normalDeviate', () => {
  it('is where the tail is as said, to twelve digits', () => {
    expect(normalDeviate(0.05)).toBeCloseTo(1.959963984540054, 11);
    expect(normalDeviate(0.1)).toBeCloseTo(1.6448536269514722, 11);
    for (const tail of [1, 0.5, 1e-3, 1e-30])
      expect(normalTail(normalDeviate(tail)) / tail).toBeCloseTo(1, 9);
  });
});
