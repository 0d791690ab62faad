import { median } from '../alternate.js';
import type { Peer } from '../peer.js';
import { digits, type Section, skipped } from '../section.js';
import { type Curve, secondsTo } from './curve.js';
import { optima, optimaNote } from './optimum.js';
import { makeProbePeers, startProbePeer, startStrata } from './probe-peers.js';
import { makeProblem, PROBLEMS, patience } from './problems.js';
import type { Fit } from './strata-column.js';

const TITLE =
  'Probing: a path of nine l2 values on (a), each to 1 % of the loss, beside nine scikit-learn fits';
const L2 = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5];
const TOLERANCE = 1e-2;
const LIMIT = patience(90);

/** What scikit-learn took at one l2. */
interface Fitted {
  /** Until it was as low as strata, and until 1 % above the optimum. */
  readonly same: number;
  readonly level: number;
}

/** Nine l2 values by strata in one go, certified, and by scikit-learn one by one. */
export async function benchPath(): Promise<Section> {
  const problem = await makeProbePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  const made = { ...(await makeProblem(PROBLEMS.relu)), labels: 'digit' };
  const found = await optima(made, { l2: L2, seconds: 60 });
  const strata = await startStrata(made);
  const sklearn = await startProbePeer('sklearn-lbfgs', made);
  try {
    const fits = [await path(strata), await path(strata)];
    const fitted = await nineFits(sklearn, fits[1]!.objectives, (l2) => found.get(l2)!.objective);
    fits.push(await path(strata));
    const notes = [optimaNote(found.values())];
    return sectionOf({ fits, fitted, worst: worstOf(fits[1]!, (l2) => found.get(l2)!.objective), notes });
  } finally {
    for (const peer of [strata, sklearn]) peer.stop();
  }
}

const path = (strata: Peer) => strata.ask<Fit>({ fit: { l2: L2, tolerance: TOLERANCE } });

function worstOf({ objectives }: Fit, optimumAt: (l2: number) => number): number {
  return Math.max(...objectives.map((objective, at) => objective / optimumAt(L2[at]!) - 1));
}

async function nineFits(
  sklearn: Peer,
  targets: readonly number[],
  optimumAt: (l2: number) => number,
): Promise<Fitted[]> {
  const fitted: Fitted[] = [];
  for (const [at, l2] of L2.entries()) {
    const optimum = optimumAt(l2);
    const target = targets[at]!;
    const { curve } = await sklearn.ask<{ curve: Curve }>({ fit: { l2, target, limit: LIMIT } });
    const to = (level: number) => Math.min(secondsTo(curve, optimum, level), curve.at(-1)![0]);
    fitted.push({ same: to(target / optimum - 1), level: to(TOLERANCE) });
  }
  return fitted;
}

function sectionOf(found: {
  readonly fits: readonly Fit[];
  readonly fitted: readonly Fitted[];
  readonly worst: number;
  readonly notes: readonly string[];
}): Section {
  const { fits, fitted, worst, notes } = found;
  const seconds = median(fits.map((fit) => fit.seconds));
  const total = (part: keyof Fitted) => fitted.reduce((sum, fit) => sum + fit[part], 0);
  const row = (name: string, own: number) => [name, digits(own), digits(own / seconds)];
  return {
    title: TITLE,
    header: ['', 'seconds', 'ratio'],
    rows: [
      row(`strata, ${fits[1]!.passes} passes`, seconds),
      row('scikit-learn lbfgs, nine fits, each as low as strata', total('same')),
      row('scikit-learn lbfgs, nine fits, each to 1 % above the optimum', total('level')),
    ],
    notes: [
      `${L2.join(', ')}; strata states a gap of at most 1 % at each, and is at most ${worst.toExponential(1)} above the optimum.`,
      `strata: the median of ${fits.length}; scikit-learn once, a fit that takes longer than ${LIMIT} s counts as that.`,
      ...notes,
    ],
  };
}
