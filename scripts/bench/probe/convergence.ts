import { PRODUCT_CHOICES, type ProductChoice } from '../../../src/backend/softmax.js';
import type { Peer } from '../peer.js';
import { digits, type Section, skipped } from '../section.js';
import { compete, contestants, LEVELS, type Standing } from './contest.js';
import { optima, optimaNote } from './optimum.js';
import { makeProbePeers } from './probe-peers.js';
import { makeProblem, PROBLEMS, type ProblemRecipe, patience } from './problems.js';
import type { Fit } from './strata-column.js';

/** Seconds that one fit may take, and that a solver may take for all its repetitions. */
interface Patience {
  readonly limit: number;
  readonly budget: number;
}

/** A problem at one l2, and who takes part besides strata. */
interface Race extends Patience {
  readonly title: string;
  readonly recipe: ProblemRecipe;
  readonly labels: string;
  readonly l2: number;
  readonly kinds: readonly string[];
  readonly products?: readonly ProductChoice[];
}

const ALL = ['sklearn-lbfgs', 'sklearn-newton-cholesky', 'torch-lbfgs', 'torch-lbfgs-16', 'cyanure'];
const QUICK: Patience = { limit: patience(90), budget: patience(60) };
const SLOW: Patience = { limit: patience(120), budget: patience(100) };

/** (a): one part of the benchmark for each l2, because each takes minutes. */
export function benchRelu(l2: number): () => Promise<Section> {
  const title = `Probing (a): random ReLU features of MNIST, l2 = ${l2.toExponential()}, seconds to a relative suboptimality`;
  return () => race({ title, recipe: PROBLEMS.relu, labels: 'digit', l2, kinds: ALL, ...QUICK });
}

/** MNIST's pixels. */
export function benchPixels(): Promise<Section> {
  const title = "Probing: MNIST's pixels, l2 = 1e-4, seconds to a relative suboptimality";
  return race({ title, recipe: PROBLEMS.pixels, labels: 'digit', l2: 1e-4, kinds: ALL, ...QUICK });
}

/** (b): a thousand classes. */
export function benchMany(): Promise<Section> {
  const title = 'Probing (b): 1,000 classes, l2 = 1e-4, seconds to a relative suboptimality';
  const kinds = ['sklearn-lbfgs', 'sklearn-newton-cholesky', 'torch-lbfgs', 'cyanure'];
  return race({
    title,
    recipe: PROBLEMS.many,
    labels: 'class',
    l2: 1e-4,
    kinds,
    products: PRODUCT_CHOICES,
    ...SLOW,
  });
}

async function race({ title, recipe, labels, l2, limit, budget, ...taking }: Race): Promise<Section> {
  const problem = await makeProbePeers();
  if (problem !== undefined) return skipped(title, problem);
  const made = { ...(await makeProblem(recipe)), labels };
  const found = await optima(made, { l2: [l2], seconds: 4 * budget });
  const optimum = found.get(l2)!.objective;
  const { running, missing } = await contestants(made, { products: ['auto'], ...taking });
  try {
    const target = optimum * (1 + LEVELS.at(-1)!);
    const standings = await compete(running, { l2, target, optimum, limit, budget });
    const certified = await certify(running[0]!.peer, { l2, optimum });
    const { rows: count, features, classes } = recipe;
    return {
      title,
      header: ['', ...LEVELS.flatMap((level) => [level.toExponential(0), 'ratio']), 'runs'],
      rows: standings.map((standing) => rowOf(standing, standings[0]!)),
      notes: [
        `${count} x ${features}, ${classes} classes, standardised float32 features in memory, two threads each, in turn; ratios: times strata's seconds.`,
        "strata's seconds include its preconditioner (Gram matrix, decompositions) and not the read that standardises, which the peers are spared too.",
        `Stopped at ${LEVELS.at(-1)!.toExponential()} or after ${limit} s (-: not reached). Each point is a pass, an iteration or an evaluation, the`,
        'objective as the solver computed it; Cyanure tells nothing on its way and is run again and again for twice as long. torch-lbfgs-16 pads the columns to 16.',
        certified,
        optimaNote(found.values()),
        ...below(standings, optimum),
        ...missing,
      ],
    };
  } finally {
    for (const { peer } of running) peer.stop();
  }
}

/** How strata ends when it is asked for its certificate, as a note. */
async function certify(strata: Peer, { l2, optimum }: { l2: number; optimum: number }): Promise<string> {
  const tolerance = 1e-3;
  const { seconds, objectives, passes } = await strata.ask<Fit>({ fit: { l2: [l2], tolerance } });
  const above = (objectives[0]! / optimum - 1).toExponential(1);
  return `With its default tolerance strata ends, certified, after ${digits(seconds)} s and ${passes} passes, ${above} above the optimum.`;
}

/** Says so when the optimum was none: the solvers that came below it, beyond the rounding of float32. */
function below(standings: readonly Standing[], optimum: number): string[] {
  const lower = standings.filter(({ lowest }) => lowest < optimum * (1 - 1e-5));
  return lower.map(
    ({ name, lowest }) => `NOT AN OPTIMUM: ${name} came to ${(lowest / optimum - 1).toExponential(1)} of it.`,
  );
}

function rowOf({ name, seconds, runs }: Standing, strata: Standing): string[] {
  const cell = (value: number) => (Number.isFinite(value) ? digits(value) : '-');
  const pairs = seconds.flatMap((own, at) => [cell(own), cell(own / strata.seconds[at]!)]);
  return [name, ...pairs, String(runs)];
}
