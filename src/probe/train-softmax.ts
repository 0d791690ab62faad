import { type BankResult, runBank } from './bank.js';
import { type Basis, chooseBasis } from './basis.js';
import type { LeaveOneOut } from './measurement.js';
import type { ProbeLabels } from './probe-labels.js';
import { columnsOf } from './row-passes.js';
import type { LinearProbe } from './score-split.js';
import { type PathPoint, trainPath } from './train-path.js';
import type { TrainingWork } from './trainers.js';

/** A probe at the end of its training. */
export interface TrainedProbe {
  readonly l2: number;
  readonly probe: LinearProbe;
  /** Upper bound on F - F*, in nats. */
  readonly gap: number;
  readonly converged: boolean;
  readonly passes: number;
  readonly seconds: number;
  /** Of ridge probes. */
  readonly leaveOneOut?: LeaveOneOut | undefined;
}

/** L-BFGS remembers as many pairs of vectors as fit, within these bounds. */
const PAIRS = { least: 4, most: 40 };

/** Trains the probes of one column: for each label set one probe for each l2 value, in that order. */
export async function trainSoftmax(options: TrainingWork): Promise<TrainedProbe[][]> {
  const { passes, labels, l2, signal, onPass } = options;
  const basis = await chooseBasis(passes, signal);
  try {
    const entries = labels.map((own) => entryOf(own, basis, options));
    const results = await runBank({ passes, basis, entries, signal, onPass });
    return results.map((result, at) => trainedProbes(result, { l2, basis, labels: labels[at]! }));
  } finally {
    basis.dispose();
  }
}

function entryOf(own: ProbeLabels, basis: Basis, options: TrainingWork) {
  const { passes, labels, l2, tolerance, maxPasses, solverBytes } = options;
  const classes = own.present.length;
  const columns = columnsOf(labels.map(({ present }) => ({ classes: present.length })));
  const pairs = Math.floor(solverBytes / (16 * (passes.features + 1) * columns));
  const solver = trainPath({
    shape: { features: passes.features, classes },
    l2,
    frequencies: own.frequencies,
    moments: basis.moments,
    tolerance,
    maxPasses,
    memory: Math.min(PAIRS.most, Math.max(PAIRS.least, pairs)),
  });
  return { classes, labels: own.labels.train, labelled: own.labelled.train, solver };
}

function trainedProbes(
  { result, seconds }: BankResult<PathPoint[]>,
  { l2, basis, labels }: { l2: readonly number[]; basis: Basis; labels: ProbeLabels },
): TrainedProbe[] {
  return result.map(({ point, gap, converged, passes }, at) => ({
    l2: l2[at]!,
    probe: linearProbe(point.position, labels.present.length, basis),
    gap,
    converged,
    passes,
    seconds: seconds.get(l2[at]!) ?? 0,
  }));
}

function linearProbe(position: Float64Array, classes: number, basis: Basis): LinearProbe {
  const weights = position.length - classes;
  const weight = basis.toFeatures(Float32Array.from(position.subarray(0, weights)), classes);
  return { classes, weight, bias: Float32Array.from(position.subarray(weights)) };
}
