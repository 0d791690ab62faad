/**
 * The paper's protocol: minibatch gradient descent with early stopping on the valid split, for a bank of learning
 * rates. All label sets x l2 values x rates of a column stand side by side, so that a minibatch is read and
 * standardised once for all of them; W begins at zero, the bias at the log of the class frequencies. After every
 * epoch each probe's loss on valid is measured, and its weights at the lowest one are what it comes to.
 */
import { randomStream } from '../random.js';
import { certify } from './certify.js';
import { EarlyStopping } from './early-stopping.js';
import { type Optimiser, STATES } from './gradient-steps.js';
import { type BankMember, RateBank } from './rate-bank.js';
import { knownLoss } from './score.js';
import { type StochasticSettings, stochasticDefaults } from './stochastic-settings.js';
import type { TrainedProbe } from './train-softmax.js';
import type { TrainingWork } from './trainers.js';

/** A probe of the bank, with the state of its training. */
interface Racer extends BankMember {
  readonly watch: EarlyStopping;
  /** Its weights at the epoch of the lowest loss, (features, classes) and then the biases. */
  readonly best: Float32Array;
  epochs: number;
  seconds: number;
}

/** Bytes for each weight of a bank: itself, its best, the optimiser's and the gradient's, and the kernels' sums of two threads. */
const WEIGHT_BYTES = 56;

/** A trainer with one of the optimisers. The same seed gives the same weights. */
export function stochasticTrainer(optimiser: Optimiser) {
  return async (work: TrainingWork): Promise<TrainedProbe[][]> => {
    const settings = { ...stochasticDefaults(optimiser), ...work.stochastic };
    const racers = racersOf(work, settings);
    const results = new Map<Racer, TrainedProbe>();
    const progress = { epochs: 0, finished: new Set<Racer>() };
    for (const group of groupsOf(racers, work)) {
      await trainGroup({ ...work, optimiser, settings, group, racers, progress });
      for (const [racer, probe] of await trainedProbes(group, work)) results.set(racer, probe);
    }
    return work.labels.map((_, set) =>
      racers.filter((racer) => racer.set === set).map((racer) => results.get(racer)!),
    );
  };
}

function racersOf({ labels, l2, passes }: TrainingWork, { rates, patience }: StochasticSettings): Racer[] {
  return labels.flatMap(({ present }, set) =>
    l2.flatMap((value) =>
      rates.map((rate) => ({
        ...{ set, classes: present.length, l2: value, rate, epochs: 0, seconds: 0 },
        watch: new EarlyStopping(patience),
        best: new Float32Array((passes.features + 1) * present.length),
      })),
    ),
  );
}

/** As many side by side as memory allows; mostly all of them. */
function groupsOf(racers: readonly Racer[], { passes, solverBytes }: TrainingWork): Racer[][] {
  const most = solverBytes / (WEIGHT_BYTES * (passes.features + 1));
  const groups: Racer[][] = [];
  let columns = 0;
  for (const racer of racers) {
    columns += racer.classes;
    const group = groups.at(-1);
    if (group !== undefined && columns <= most) {
      group.push(racer);
      continue;
    }
    groups.push([racer]);
    columns = racer.classes;
  }
  return groups;
}

interface GroupWork extends TrainingWork {
  readonly optimiser: Optimiser;
  readonly settings: StochasticSettings;
  readonly group: readonly Racer[];
  /** All of the column, for progress. */
  readonly racers: readonly Racer[];
  readonly progress: { epochs: number; readonly finished: Set<Racer> };
}

async function trainGroup(work: GroupWork): Promise<void> {
  const { optimiser, settings, group, labels, passes, progress, seed, signal } = work;
  const bank = new RateBank({
    features: passes.features,
    members: group,
    start: (set) => logFrequencies(labels[set]!.frequencies),
    states: STATES[optimiser],
  });
  await observe(work, bank, 0);
  for (let epoch = 1, steps = 0; epoch <= settings.epochs && bank.members.length > 0; epoch++) {
    const [started, running] = [performance.now(), bank.members];
    steps = await passes.descend({
      ...{ optimiser, steps, signal, state: bank.state, batch: settings.batch },
      problems: running.map(({ set, classes }) => ({ classes, labels: labels[set]!.labels.train })),
      random: randomStream(seed, 'minibatches', epoch),
    });
    await observe(work, bank, epoch);
    shareTime(running, (performance.now() - started) / 1000);
    progress.epochs += 1;
    bank.keepOnly(({ watch }) => watch.standing === 'training');
    report(work, bank.members);
  }
}

function logFrequencies(frequencies: Float64Array): Float64Array {
  const logs = frequencies.map(Math.log);
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  return logs.map((value) => value - mean);
}

/** Measures the loss on valid of all that are running, and keeps the weights of those that were never better. */
async function observe(work: GroupWork, bank: RateBank<Racer>, epoch: number): Promise<void> {
  const { validPasses, labels, signal } = work;
  const problems = bank.members.map(({ set, classes }) => ({ classes, labels: labels[set]!.labels.valid }));
  const scores = await validPasses.score({ weights: bank.state.weights, problems, signal });
  for (const [at, racer] of bank.members.entries()) {
    racer.epochs = epoch;
    if (racer.watch.observe(knownLoss(scores[at]!, problems[at]!.labels), epoch))
      bank.copyOut(at, racer.best);
  }
}

function shareTime(running: readonly Racer[], seconds: number): void {
  const columns = running.reduce((sum, { classes }) => sum + classes, 0);
  for (const racer of running) racer.seconds += (seconds * racer.classes) / columns;
}

function report({ onPass, racers, labels, progress, group }: GroupWork, running: readonly Racer[]): void {
  for (const racer of group) if (!running.includes(racer)) progress.finished.add(racer);
  const open = new Set(racers.filter((racer) => !progress.finished.has(racer)).map(({ set }) => set));
  onPass?.({
    passes: progress.epochs,
    solvers: labels.length,
    finished: labels.length - open.size,
    l2: running[0]?.l2 ?? 0,
    gapRatio: Number.POSITIVE_INFINITY,
  });
}

/**
 * What the probes of a group came to. Converged are those that patience ended. The gap is a true bound where l2
 * is above 0, and infinite, which is to say unknown, where it is 0.
 */
async function trainedProbes(
  group: readonly Racer[],
  { passes, labels, signal }: TrainingWork,
): Promise<[Racer, TrainedProbe][]> {
  const penalised = group.filter(({ l2 }) => l2 > 0);
  const bounds = await certify(
    passes,
    penalised.map(({ best, classes, l2, set }) => {
      const own = labels[set]!;
      const sizes = { classes, l2, labels: own.labels.train, labelled: own.labelled.train };
      return { ...sizes, position: Float64Array.from(best), frequencies: own.frequencies };
    }),
    signal,
  );
  return group.map((racer) => {
    const bound = bounds[penalised.indexOf(racer)] ?? { gap: Number.POSITIVE_INFINITY, passes: 0 };
    const { l2, rate, classes, best, watch, epochs, seconds } = racer;
    const weights = best.length - classes;
    const probe = { classes, weight: best.subarray(0, weights), bias: best.subarray(weights) };
    const converged = watch.standing === 'stopped';
    const trained = { l2, probe, gap: bound.gap, converged, passes: epochs + bound.passes, seconds };
    return [racer, { ...trained, learningRate: rate, epoch: watch.epoch }];
  });
}
