import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/random.js';
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
});
