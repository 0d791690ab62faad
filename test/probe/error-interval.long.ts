import { describe, expect, it } from 'vitest';
import { errorInterval } from '../../src/probe/error-interval.js';
import { leastCoverage } from './binomial-coverage.js';

describe('errorInterval', () => {
  it.each([[20], [33], [77], [150], [500], [1500], [5000]])(
    'holds the true rate in 95 of 100 splits at least, for every rate from 0.0005 to 0.5: n = %i',
    { timeout: 300_000 },
    (n) => {
      const most = Math.min(n, Math.ceil(n / 2 + 5 * Math.sqrt(n)));
      const intervals = Array.from({ length: most + 1 }, (_, k) => errorInterval(k, n));
      expect(leastCoverage(intervals, { n, from: 0.0005, to: 0.5 })).toBeGreaterThan(0.9499);
    },
  );
});
