/** A probe as selection sees it. */
export interface Candidate {
  readonly l2: number;
  /** The mean loss on the valid split. */
  readonly validLoss: number;
}

/**
 * The index of the candidate with the lowest valid loss; of equal ones that with the largest l2, the simplest.
 * Loss and not error, because it is smooth: on small valid splits many probes have the same error.
 */
export function selectProbe(candidates: readonly Candidate[]): number {
  return candidates.reduce((best, { l2, validLoss }, at) => {
    const held = candidates[best]!;
    const better = validLoss < held.validLoss || (validLoss === held.validLoss && l2 > held.l2);
    return better ? at : best;
  }, 0);
}

/**
 * Says when a selected l2 is at the end of its grid, where a better one may lie beyond; undefined when it is not.
 *
 * @param grid - the values that were tried, in any order.
 */
export function edgeWarning(subject: string, l2: number, grid: readonly number[]): string | undefined {
  if (grid.length < 2) return undefined;
  const smallest = Math.min(...grid);
  if (l2 !== smallest && l2 !== Math.max(...grid)) return undefined;
  const [end, beyond] = l2 === smallest ? ['smallest', 'smaller'] : ['largest', 'larger'];
  return `${subject}: the selected l2 ${l2} is the ${end} of the grid (try ${beyond} ones)`;
}
