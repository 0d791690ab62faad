import { runBank } from './bank.js';
import { type BoundContext, boundsAt } from './bound.js';
import { minimiseBias } from './minimise-bias.js';
import { Objective } from './point.js';
import { featureSpread } from './rounding.js';
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

/** The bias counts as minimised at this slope: what is left of it is part of the bound. */
const BIAS_SLOPE = 1e-9;

/**
 * Upper bounds on F(W, b) - F* for probes that were trained by other means, all in the same passes, in float64:
 *
 *     F(W, b) - F(W, b~)  +  the bound at (W, b~) (bound.ts)         b~ the minimiser for W, nearly
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
    solver: certificate(probe, {
      shape: { features: passes.features, classes: probe.classes },
      frequencies: probe.frequencies,
      spread: featureSpread(passes, probe),
    }),
  }));
  const results = await runBank({ passes, entries, signal });
  return results.map(({ result }) => result);
}

function* certificate(
  { position, l2, frequencies }: Certified,
  context: BoundContext,
): Asking<{ gap: number; passes: number }> {
  const objective = new Objective(context.shape, l2);
  objective.precision = 'float64';
  const own = yield* objective.at(position, true);
  const best = yield* minimiseBias(objective, own, { frequencies, slope: BIAS_SLOPE });
  const gap = Math.max(0, own.objective - best.objective) + boundsAt(best, context).gap;
  return { gap, passes: objective.passes };
}
