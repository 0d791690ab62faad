import { runBank } from './bank.js';
import { minimiseBias } from './minimise-bias.js';
import { biasSlope, gapBound, Objective, type ProblemShape } from './point.js';
import type { RowPasses } from './row-passes.js';
import type { Asking } from './solver-protocol.js';

/** A probe whose distance from the optimum is wanted. */
export interface Certified {
  /** As a position lies: (features, classes) and then the biases, over standardised features. */
  readonly position: Float64Array;
  readonly classes: number;
  readonly l2: number;
  readonly labels: Int32Array;
  readonly labelled: number;
  readonly frequencies: Float64Array;
}

/** The bias counts as minimised at this slope, the least that float32 allows. */
const BIAS_SLOPE = 3e-7;

/**
 * Upper bounds on F(W, b) - F* for probes that were trained by other means, all in the same passes:
 *
 *     F(W, b) - F(W, b*)  +  ||grad_W F(W, b*)||^2 / (2 l2)         b* the exact minimiser for W
 *
 * @returns for each probe the bound in nats, and the passes that it took.
 * @throws InterruptedError when the signal is raised.
 */
export async function certify(
  passes: RowPasses,
  probes: readonly Certified[],
  signal?: AbortSignal,
): Promise<{ gap: number; passes: number }[]> {
  const entries = probes.map((probe) => ({
    ...{ classes: probe.classes, labels: probe.labels, labelled: probe.labelled },
    solver: certificate(probe, { features: passes.features, classes: probe.classes }),
  }));
  const results = await runBank({ passes, entries, signal });
  return results.map(({ result }) => result);
}

function* certificate(
  { position, l2, frequencies }: Certified,
  shape: ProblemShape,
): Asking<{ gap: number; passes: number }> {
  const objective = new Objective(shape, l2);
  const own = yield* objective.at(position, true);
  const best =
    biasSlope(own, shape) <= BIAS_SLOPE
      ? own
      : yield* minimiseBias(objective, own, { frequencies, slope: BIAS_SLOPE });
  const gap = Math.max(0, own.objective - best.objective) + gapBound(best, shape);
  return { gap, passes: objective.passes };
}
