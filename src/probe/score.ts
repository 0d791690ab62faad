import type { SplitMetrics } from './measurement.js';

/** Label sets with fewer classes have no top-5 error. */
export const TOP5_CLASSES = 10;

/** Counts over the rows scored so far. */
export interface Tally {
  samples: number;
  /** Rows whose class the probe does not know: they are errors, and their loss is infinite. */
  unseen: number;
  /** The sum of the losses of the other rows, in nats. */
  loss: number;
  errors: number;
  top5Errors: number;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return { samples: 0, unseen: 0, loss: 0, errors: 0, top5Errors: 0 };
}

/**
 * Scores rows of logits, (labels.length, classes) within rows of `stride` numbers that begin at `offset`.
 *
 * The rank of the true class counts the classes with a larger logit and those of a lower index with an equal one.
 *
 * @param labels - class indices; -1 for rows that do not count, -2 for rows of a class the probe does not know.
 * @param predicted - filled with the class of the largest logit, of equal ones the first, for every row.
 */
export function scoreRows(
  tally: Tally,
  options: {
    readonly logits: Float32Array;
    readonly offset: number;
    readonly stride: number;
    readonly classes: number;
    readonly labels: Int32Array;
    readonly predicted: Int32Array;
  },
): void {
  const { logits, offset, stride, classes, labels, predicted } = options;
  for (let row = 0; row < labels.length; row++) {
    const start = offset + row * stride;
    const own = logits.subarray(start, start + classes);
    predicted[row] = largest(own);
    scoreRow(tally, own, { label: labels[row]!, best: own[predicted[row]!]! });
  }
}

function scoreRow(tally: Tally, logits: Float32Array, truth: { label: number; best: number }): void {
  const { label, best } = truth;
  if (label === -1) return;
  tally.samples += 1;
  if (label < 0) {
    tally.unseen += 1;
    tally.errors += 1;
    tally.top5Errors += 1;
    return;
  }
  const own = logits[label]!;
  let total = 0;
  let rank = 0;
  for (let at = 0; at < logits.length; at++) {
    const logit = logits[at]!;
    total += Math.exp(logit - best);
    if (logit > own || (logit === own && at < label)) rank += 1;
  }
  tally.loss += Math.log(total) + best - own;
  if (rank > 0) tally.errors += 1;
  if (rank >= 5) tally.top5Errors += 1;
}

function largest(logits: Float32Array): number {
  let best = 0;
  for (let at = 1; at < logits.length; at++) if (logits[at]! > logits[best]!) best = at;
  return best;
}

/** The metrics of a tally; null where no row counted. The loss is infinite where a row's class was unseen. */
export function metricsOf(tally: Tally, classes: number): SplitMetrics | null {
  const { samples, unseen, loss, errors, top5Errors } = tally;
  if (samples === 0) return null;
  return {
    samples,
    loss: unseen > 0 ? Number.POSITIVE_INFINITY : loss / samples,
    error: errors / samples,
    top5Error: classes < TOP5_CLASSES ? null : top5Errors / samples,
  };
}

/** The mean loss over the rows whose class the probe knows: what selection compares. Infinite where there are none. */
export function knownLoss({ samples, unseen, loss }: Tally): number {
  return samples === unseen ? Number.POSITIVE_INFINITY : loss / (samples - unseen);
}
