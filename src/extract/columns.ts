import type { Tap } from '../model/model.js';
import {
  defaultReduction,
  effectiveReduction,
  parseReduction,
  type Reduction,
  reductionFeatures,
  reductionName,
} from '../reduce/reduction.js';
import type { PlannedColumn } from './plan.js';

/** A planned column with what is needed to compute it. */
export interface ExtractColumn extends PlannedColumn {
  readonly source: Tap;
  readonly how: Reduction;
}

/**
 * The columns that taps and reductions ask for, in the taps' order. Without reductions each tap gets its
 * default one. Reductions that give a tap the same features (a pool of a vector is `flatten`) are one column.
 *
 * @throws UserError for an unknown reduction, and for a pool of a tap whose channels are not known.
 */
export function chooseColumns(
  taps: readonly Tap[],
  reductions: readonly string[] | undefined,
): readonly ExtractColumn[] {
  const asked = reductions?.map(parseReduction);
  return taps.flatMap((source) => {
    const wanted = asked ?? [defaultReduction(source)];
    const byName = new Map(
      wanted.map((one) => {
        const how = effectiveReduction(one, source);
        return [reductionName(how), how];
      }),
    );
    return [...byName].map(([reduction, how]) => ({
      tap: source.name,
      reduction,
      features: reductionFeatures(how, source),
      source,
      how,
    }));
  });
}
