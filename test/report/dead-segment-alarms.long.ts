import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/random.js';
import { drawnSegments } from './simulated-branches.js';

const RUNS = 600;

/** 5 % of the runs, and three deviations of so many draws. */
const MOST = RUNS * 0.05 + 3 * Math.sqrt(RUNS * 0.05 * 0.95);

describe('deadSegments in drawn test splits', () => {
  const cases = [500, 2000, 6000].flatMap((samples) =>
    [0.005, 0.03, 0.1].flatMap((differing) =>
      [0.01, 0.02].map((gain) => [samples, differing, gain] as const),
    ),
  );

  it.each(cases)(
    'call no branch dead that gains the margin or more in 19 runs of 20: %i samples, %f differing, gain %f',
    { timeout: 300_000 },
    (samples, differing, gain) => {
      const random = randomStream('long', samples, String(differing), String(gain));
      let alarms = 0;
      for (let run = 0; run < RUNS; run++) {
        const segments = drawnSegments({ blocks: 6, samples, error: 0.3, gain, differing }, random);
        alarms += Number(segments.some(({ verdict }) => verdict === 'dead'));
      }
      expect(alarms).toBeLessThanOrEqual(MOST);
    },
  );
});
