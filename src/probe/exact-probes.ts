import type { LeaveOneOut } from './measurement.js';
import type { LinearProbe } from './score-split.js';
import type { TrainedProbe } from './train-softmax.js';
import type { TrainingWork } from './trainers.js';

/** A probe in closed form. */
export interface ExactProbe {
  readonly l2: number;
  readonly probe: LinearProbe;
  readonly leaveOneOut?: LeaveOneOut | undefined;
}

/**
 * Trains by a closed form in float64: the gap is 0 to rounding, about 1e-16 times the largest eigenvalue of the covariance over
 * l2, of the scores. All probes share the passes, so each counts
 * them all, and an equal part of the time.
 *
 * @param solve - calls `passed` after each pass over the train split.
 */
export async function exactProbes(
  { labels, l2, onPass }: TrainingWork,
  solve: (passed: () => void) => Promise<ExactProbe[][]>,
): Promise<TrainedProbe[][]> {
  const started = performance.now();
  let passes = 0;
  const solved = await solve(() => {
    passes += 1;
    onPass?.({ passes, solvers: labels.length, finished: 0, l2: l2[0] ?? 0, gapRatio: 0 });
  });
  const count = solved.reduce((sum, probes) => sum + probes.length, 0);
  const seconds = (performance.now() - started) / 1000 / count;
  return solved.map((probes) => probes.map((own) => ({ ...own, gap: 0, converged: true, passes, seconds })));
}
