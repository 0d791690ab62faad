import type { Curve } from './curve.js';
import { type PeerProblem, type StrataProblem, startProbePeer, startStrata } from './probe-peers.js';
import type { Fit } from './strata-column.js';

/** What scikit-learn took for one tap. */
export interface SklearnTime {
  readonly seconds: number;
  /** Fits, and those that were stopped by the limit: they count as that. */
  readonly fits: number;
  readonly limited: number;
}

/**
 * The seconds that scikit-learn's lbfgs takes for one tap, on arrays in memory: a fit for each l2 value, each until it
 * is as low as strata's trainer with this tolerance, or for `limit` seconds. Strata is asked first.
 */
export async function sklearnToSame(
  problem: PeerProblem & StrataProblem,
  {
    l2,
    tolerance,
    limit,
  }: { readonly l2: readonly number[]; readonly tolerance: number; readonly limit: number },
): Promise<SklearnTime> {
  const strata = await startStrata(problem);
  const { objectives } = await strata.ask<Fit>({ fit: { l2, tolerance } }).finally(() => strata.stop());
  const sklearn = await startProbePeer('sklearn-lbfgs', problem);
  let [seconds, limited] = [0, 0];
  try {
    for (const [at, own] of l2.entries()) {
      const fit = { l2: own, target: objectives[at], limit };
      const { curve } = await sklearn.ask<{ curve: Curve }>({ fit });
      seconds += curve.at(-1)![0];
      limited += Number(curve.at(-1)![1] > objectives[at]!);
    }
  } finally {
    sklearn.stop();
  }
  return { seconds, fits: l2.length, limited };
}

/** The times of several taps or label sets together. */
export function together(times: readonly SklearnTime[]): SklearnTime {
  const sum = (part: keyof SklearnTime) => times.reduce((total, time) => total + time[part], 0);
  return { seconds: sum('seconds'), fits: sum('fits'), limited: sum('limited') };
}
