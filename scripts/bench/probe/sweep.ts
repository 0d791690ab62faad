import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measurement } from '../../../src/probe/measurement.js';
import { timed } from '../alternate.js';
import { runStrata } from '../run-strata.js';
import { digits, type Section, skipped } from '../section.js';
import { makeProbePeers } from './probe-peers.js';
import { madeOnce, makeArrays, openArrays, PROBLEMS, patience } from './problems.js';
import { sklearnToSame, together } from './sklearn-to-same.js';
import { type MadeTap, writeCache } from './write-cache.js';

const TITLE = 'Probing (d): 17 taps x 10 l2 x 2 label sets, from shards to results, beside scikit-learn';
const TAPS = 17;
const L2 = [1, 3e-1, 1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5];
const TOLERANCE = 1e-3;
const LIMIT = patience(45);
const RECIPE = PROBLEMS.relu;

const tapName = (seed: number) => `relu_${seed}`;

/** The cache of all taps, and the arrays of the first one for scikit-learn. */
async function makeSweep(): Promise<string> {
  return madeOnce('sweep', { ...RECIPE, taps: TAPS }, async (making) => {
    const arrays = (seed: number) => join(making, tapName(seed));
    await makeArrays(RECIPE, arrays(0));
    const first = await openArrays(RECIPE, arrays(0));
    const taps = Array.from({ length: TAPS }, (_, seed) => laterTap(seed, arrays(seed)));
    await writeCache(join(making, 'cache'), { ...first, taps });
  });
}

/** A tap whose arrays are made when they are asked for, and let go with its last row; but for the first one's files. */
function laterTap(seed: number, folder: string): MadeTap {
  let own: MadeTap | undefined;
  return {
    name: tapName(seed),
    features: RECIPE.features,
    values: async (split, start, end) => {
      if (own === undefined && seed > 0) await makeArrays({ ...RECIPE, seed }, folder);
      own ??= (await openArrays(RECIPE, folder)).tap;
      const values = await own.values(split, start, end);
      if (split !== 'valid' || end < RECIPE.valid) return values;
      own = undefined;
      if (seed > 0) await rm(folder, { recursive: true });
      return values;
    },
  };
}

/** The whole sweep by the command line, and scikit-learn on one of its taps. */
export async function benchSweep(folder: string): Promise<Section> {
  const problem = await makeProbePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  const made = await makeSweep();
  const cache = join(made, 'cache');
  let probed: { readonly measurements: readonly Measurement[] } | undefined;
  const seconds = await timed(async () => {
    probed = await runStrata([
      ...['probe', '--cache', cache, '--out', join(folder, 'run'), '--l2', L2.join()],
      ...['--tolerance', String(TOLERANCE)],
    ]);
  });
  const [tap, goal] = [tapName(0), { l2: L2, tolerance: TOLERANCE, limit: LIMIT }];
  const times = [];
  for (const labels of RECIPE.labels)
    times.push(await sklearnToSame({ folder: join(made, tap), cache, tap, labels }, goal));
  const { measurements } = probed!;
  const sklearn = together(times);
  const whole = sklearn.seconds * TAPS;
  return {
    title: TITLE,
    header: ['', 'seconds', 'ratio'],
    rows: [
      [`strata probe, ${measurements.length} probes`, digits(seconds), '1'],
      ['scikit-learn lbfgs, one of the taps', digits(sklearn.seconds), digits(sklearn.seconds / seconds)],
      [`the same x ${TAPS}`, digits(whole), digits(whole / seconds)],
    ],
    notes: [
      `${RECIPE.rows} x ${RECIPE.features}, ${RECIPE.classes} classes; l2 ${L2.join(', ')}; once each.`,
      `strata: the command from its start to its end, ${measurements.filter(({ converged }) => converged).length} of ${measurements.length} probes to a gap of ${TOLERANCE} of the loss, scored on train and valid, written.`,
      `scikit-learn: fit alone on standardised arrays in memory, ${sklearn.fits} fits, each until as low as strata; ${sklearn.limited} were stopped after ${LIMIT} s and count as that.`,
    ],
  };
}
