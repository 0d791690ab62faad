import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/random.js';
import { deadSegments } from '../../src/report/dead-segments.js';
import { chainOf, graphOf } from './example-graphs.js';
import { drawnSegments, type SimulatedNetwork } from './simulated-branches.js';

const NETWORK: SimulatedNetwork = { blocks: 4, samples: 1000, error: 0.4, gain: 0.02, differing: 0.04 };

/** In how many of so many drawn runs any branch is called dead. */
function alarms(network: SimulatedNetwork, runs: number): number {
  const random = randomStream('dead segments', JSON.stringify(network));
  const found = Array.from({ length: runs }, () => drawnSegments(network, random));
  return found.filter((segments) => segments.some(({ verdict }) => verdict === 'dead')).length;
}

describe('deadSegments in drawn test splits', () => {
  it.each([
    [500, 0.01],
    [2000, 0.04],
    [5000, 0.15],
  ])(
    'call a branch dead that gains two points a block in at most one run of 20: %i samples, %f of them differing',
    (samples, differing) => {
      expect(alarms({ ...NETWORK, samples, differing }, 60)).toBeLessThanOrEqual(3);
    },
  );

  it('call a branch dead that gains as much as the margin in at most one run of 20', () => {
    // 5 % of 150 runs are 7.5, with a deviation of 2.7.
    expect(alarms({ ...NETWORK, samples: 3000, gain: 0.01, differing: 0.02 }, 150)).toBeLessThanOrEqual(8);
  });

  it('find one that gains nothing in most of them', () => {
    expect(alarms({ ...NETWORK, blocks: 1, samples: 5000, gain: 0, differing: 0.03 }, 40)).toBeGreaterThan(
      32,
    );
  });

  it.each([2000, 20_000])(
    'call a branch dead whose last probe is a point below chance in at most one of 20, without a probe at the merge: %i samples',
    (samples) => {
      const random = randomStream('last probe', samples);
      const taps = graphOf({ input: [], ...chainOf(3), add_1: ['dense_3', 'input'], dense_4: ['add_1'] });
      const runs = samples === 2000 ? 200 : 60;
      let dead = 0;
      for (let run = 0; run < runs; run++) {
        let wrong = 0;
        for (let at = 0; at < samples; at++) wrong += Number(random.uniform() < 0.89);
        const errors = [
          { tap: 'input', error: 0.1, samples },
          { tap: 'dense_3', error: wrong / samples, samples },
          { tap: 'dense_4', error: 0.05, samples },
        ];
        dead += Number(deadSegments({ taps, errors, chance: 0.9 }).some(({ verdict }) => verdict === 'dead'));
      }
      expect(dead).toBeLessThanOrEqual(0.05 * runs + 3 * Math.sqrt(0.05 * 0.95 * runs));
    },
  );
});
