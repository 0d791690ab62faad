import { type BankResult, runBank } from './bank.js';
import { exactPreconditioners } from './exact-preconditioner.js';
import type { LeaveOneOut } from './measurement.js';
import { preconditioners, secondMoments } from './preconditioner.js';
import { sharedProbe, type TrainingLabels } from './rescaling.js';
import { featureSpread } from './rounding.js';
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
  /** With minibatches: the rate, and the epoch of the lowest loss on valid, whose weights these are. */
  readonly learningRate?: number | undefined;
  readonly epoch?: number | undefined;
  /** Of ridge probes. */
  readonly leaveOneOut?: LeaveOneOut | undefined;
}

/** L-BFGS remembers as many pairs of vectors as fit, within these bounds: more save few passes and cost as much. */
const PAIRS = { least: 4, most: 24 };

/** What solvers may always remember: so that small problems are solved alike whatever the memory. */
const LEAST_SOLVER_BYTES = 2 ** 26;

/** Trains the probes of one column: for each label set one probe for each l2 value, in that order. */
export async function trainSoftmax(work: TrainingWork): Promise<TrainedProbe[][]> {
  const { passes, labels, signal, onPass } = work;
  const gram = await secondMoments(passes, signal);
  const entries = labels.map((own, at) => entryOf(own, gram, { work, start: work.starts?.[at] }));
  const results = await runBank({ passes, entries, signal, onPass });
  return results.map((result, at) => trainedProbes(result, work.l2, labels[at]!));
}

function entryOf(
  own: TrainingLabels,
  gram: Float32Array | undefined,
  { work, start }: { work: TrainingWork; start: TrainedProbe | undefined },
) {
  const { passes, labels, l2, tolerance, maxPasses, solverBytes } = work;
  const classes = own.present.length;
  const columns = columnsOf(labels.map(({ present }) => ({ classes: present.length })));
  const pairs = Math.floor(
    Math.max(solverBytes, LEAST_SOLVER_BYTES) / (16 * (passes.features + 1) * columns),
  );
  const shape = { features: passes.features, classes };
  const spread = featureSpread(passes, { classes, labelled: own.labelled.train }, gram);
  const solver = trainPath({
    ...{ shape, spread, l2, tolerance, maxPasses },
    start: start && positionOf(start.probe),
    frequencies: own.frequencies,
    precondition: preconditioners(gram, shape),
    exactly: exactPreconditioners(shape),
    memory: Math.min(PAIRS.most, Math.max(PAIRS.least, pairs)),
    directions: Math.max(PAIRS.least, pairs),
  });
  const { rescaling } = own;
  return { classes, labels: own.labels.train, labelled: own.labelled.train, rescaling, solver };
}

function trainedProbes(
  { result, seconds }: BankResult<PathPoint[]>,
  l2: readonly number[],
  labels: TrainingLabels,
): TrainedProbe[] {
  return result.map(({ point, gap, converged, passes }, at) => ({
    l2: l2[at]!,
    probe: sharedProbe(linearProbe(point.position, labels.present.length), labels.rescaling),
    gap,
    converged,
    passes,
    seconds: seconds.get(l2[at]!) ?? 0,
  }));
}

/** The inverse of {@link linearProbe}. */
function positionOf({ weight, bias }: LinearProbe): Float64Array {
  const position = new Float64Array(weight.length + bias.length);
  position.set(weight);
  position.set(bias, weight.length);
  return position;
}

function linearProbe(position: Float64Array, classes: number): LinearProbe {
  const weights = position.length - classes;
  return {
    classes,
    weight: position.subarray(0, weights),
    bias: position.subarray(weights),
  };
}
