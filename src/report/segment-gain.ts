// What a stretch of a network may be good for, and how much that is at most.
//
//     gain = error of the bypass - error of the merge        on the same samples, or
//     gain = chance - error of the last probe                where the merge has no probe of its own
//
// A gain that is not shown is no evidence that there is none. It is shown to be small where the upper end of its interval
// is below a margin (equivalence; Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15: 657-680): one
// point, or a quarter of the bypass's error where that is less, as points weigh more where few errors are left. Each end
// holds for all comparisons together with 95 % confidence (Bonferroni: 5 % over their number).

import { type ErrorInterval, errorInterval } from '../probe/error-interval.js';
import { differenceInterval, type ErrorRate } from '../probe/error-rate.js';
import { normalDeviate } from '../probe/normal-tail.js';
import { type PairedCounts, pairedInterval } from '../probe/paired-difference.js';

/** How much lower an error is for what a stretch adds: fractions. */
export interface SegmentGain {
  /** Of the merge over the bypass, or of the stretch's last probe over chance where the merge has no probe. */
  readonly of: 'merge' | 'last probe';
  readonly value: number;
  /** Each end with 95 % confidence over all comparisons. */
  readonly interval: ErrorInterval;
  /** What the upper end must be below for the stretch to be of no use. */
  readonly margin: number;
}

/** How often the ends of all intervals together may be wrong, each end. */
const MISSES = 0.05;

const MARGIN = 0.01;
const MARGIN_OF_BYPASS = 0.25;

/**
 * How much lower the error of a merge is than that of the way past a stretch.
 *
 * @param counts - of the same samples, from the bypass to the merge. Without them the errors are taken for those of
 * different samples, which makes the interval wider.
 * @param comparisons - how many gains are looked at together.
 */
export function gainOfMerge(
  { bypass, after, counts }: { bypass: ErrorRate; after: ErrorRate; counts?: PairedCounts | undefined },
  comparisons: number,
): SegmentGain {
  const misses = Math.min(1, (2 * MISSES) / comparisons);
  const change =
    counts === undefined
      ? differenceInterval(after, bypass, normalDeviate(misses))
      : pairedInterval(counts, misses);
  return {
    of: 'merge',
    value: bypass.error - after.error,
    interval: { low: -change.high, high: -change.low },
    margin: Math.min(MARGIN, MARGIN_OF_BYPASS * bypass.error),
  };
}

/** How much lower the error of a stretch's last probe is than chance. */
export function gainOfLast({ error, samples }: ErrorRate, chance: number, comparisons: number): SegmentGain {
  const misses = Math.min(1, (2 * MISSES) / comparisons);
  const { low, high } = errorInterval(Math.round(error * samples), samples, misses);
  return {
    of: 'last probe',
    value: chance - error,
    interval: { low: chance - high, high: chance - low },
    margin: MARGIN,
  };
}
