/** A probe as selection sees it. */
export interface Candidate {
  readonly l2: number;
  /** The mean loss on the valid split, or what else is to be lowest there. */
  readonly validLoss: number;
}

/**
 * The index of the candidate with the lowest valid loss, which is never one without a loss (NaN) where another has one; of
 * equal ones that with the largest l2, the simplest.
 * Loss and not error, because it is smooth: on small valid splits many probes have the same error.
 */
export function selectProbe(candidates: readonly Candidate[]): number {
  return candidates.reduce((best, { l2, validLoss }, at) => {
    const held = candidates[best]!;
    const better =
      validLoss < held.validLoss ||
      (validLoss === held.validLoss && l2 > held.l2) ||
      (Number.isNaN(held.validLoss) && !Number.isNaN(validLoss));
    return better ? at : best;
  }, 0);
}
