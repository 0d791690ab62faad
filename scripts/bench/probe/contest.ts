import type { ProductChoice } from '../../../src/backend/softmax.js';
import { median } from '../alternate.js';
import type { Peer } from '../peer.js';
import { type Curve, secondsTo } from './curve.js';
import { type PeerProblem, type StrataProblem, startProbePeer, startStrata } from './probe-peers.js';
import type { Fit, FitCommand } from './strata-column.js';

/** The relative suboptimalities that solvers are timed to. */
export const LEVELS = [1e-2, 1e-3, 1e-4] as const;

/** A solver of a contest: strata, or a kind of probe_serve.py. */
export interface Contestant {
  readonly name: string;
  readonly peer: Peer;
  fit(goal: Goal): Promise<Curve>;
}

/** What is to be reached: an objective, at one l2, within so many seconds. */
export interface Goal {
  readonly l2: number;
  readonly target: number;
  readonly limit: number;
}

/** Starts those that can start, and says of the others why they cannot. */
export async function contestants(
  problem: PeerProblem & StrataProblem,
  { kinds, products }: { kinds: readonly string[]; products: readonly ProductChoice[] },
): Promise<{ running: Contestant[]; missing: string[] }> {
  const [running, missing]: [Contestant[], string[]] = [[], []];
  for (const choice of products) {
    const strata = await startStrata(problem, choice);
    const name = choice === 'auto' ? 'strata' : `strata, products in ${choice}`;
    running.push({ name, peer: strata, fit: (goal) => fitStrata(strata, goal) });
  }
  for (const kind of kinds) {
    try {
      const peer = await startProbePeer(kind, problem);
      const name = `${kind} ${peer.version}`;
      running.push({
        name,
        peer,
        fit: async (goal) => (await peer.ask<{ curve: Curve }>({ fit: goal })).curve,
      });
    } catch (error) {
      missing.push(`${kind} is left out: ${(error as Error).message}.`);
    }
  }
  return { running, missing };
}

async function fitStrata(peer: Peer, { l2, target, limit }: Goal): Promise<Curve> {
  // Far below the levels that are timed: it is the target that stops it.
  const fit: FitCommand = { l2: [l2], tolerance: 1e-6, target, limit };
  return (await peer.ask<Fit>({ fit })).curve;
}

/** What one solver took to each of {@link LEVELS}: medians, Infinity where it did not come there. */
export interface Standing {
  readonly name: string;
  readonly seconds: readonly number[];
  readonly runs: number;
  /** The lowest objective that it came to. */
  readonly lowest: number;
}

/**
 * Has all of them solve the problem in turn, three times, but for those whose next run would bring their own time
 * beyond `budget` seconds; and each gets a first run.
 */
export async function compete(
  running: readonly Contestant[],
  goal: Goal & { readonly optimum: number; readonly budget: number },
): Promise<Standing[]> {
  const { optimum, budget, ...asked } = goal;
  const entries = running.map((contestant) => ({
    contestant,
    runs: [] as number[][],
    spent: 0,
    lowest: Number.POSITIVE_INFINITY,
  }));
  for (let turn = 0; turn < 3; turn++) {
    for (const entry of entries) {
      if (entry.runs.length > 0 && entry.spent * (1 + 1 / entry.runs.length) > budget) continue;
      const started = performance.now();
      const curve = await entry.contestant.fit(asked);
      entry.lowest = Math.min(entry.lowest, ...curve.map(([, objective]) => objective));
      entry.spent += (performance.now() - started) / 1000;
      entry.runs.push(LEVELS.map((level) => secondsTo(curve, optimum, level)));
    }
  }
  return entries.map(({ contestant: { name }, runs, lowest }) => ({
    name,
    lowest,
    seconds: LEVELS.map((_, at) => median(runs.map((run) => run[at]!))),
    runs: runs.length,
  }));
}
