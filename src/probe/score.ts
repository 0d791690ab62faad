import type { ProbeMetrics } from './measurement.js';

/** Label sets with fewer classes have no top-5 error. */
export const TOP5_CLASSES = 10;

/** Bins of equal width in the expected calibration error (Guo et al. 2017, equation 3). */
const CALIBRATION_BINS = 15;

/** What a probe says of every row of a split. */
export interface RowScores {
  /** The class of the largest logit, of equal ones the first; -1 where a logit is not finite. */
  readonly predicted: Int32Array;
  /**
   * The number of classes with a larger logit than the true one, or an equal one and a lower index; -1 without label, and
   * all classes where a logit is not finite.
   */
  readonly rank: Int32Array;
  /** -log p_y in nats; 0 without label, infinite where a logit is not finite. */
  readonly loss: Float32Array;
  /** The probability of the predicted class; 0 where there is none. */
  readonly confidence: Float32Array;
}

/** Scores for so many rows, to be filled. */
export function emptyScores(rows: number): RowScores {
  return {
    predicted: new Int32Array(rows),
    rank: new Int32Array(rows),
    loss: new Float32Array(rows),
    confidence: new Float32Array(rows),
  };
}

/**
 * Scores rows of logits, (rows, classes) within rows of `stride` numbers that begin at `offset`.
 *
 * @param scores - filled from row `start` on.
 * @returns the rows that other logits, wrong by at most the row's number in `errors`, could score differently.
 */
export function scoreRows(
  scores: RowScores,
  options: {
    readonly logits: Float32Array;
    /** How far each row's logits may be off. Default: not at all. */
    readonly errors?: Float32Array | undefined;
    readonly offset: number;
    readonly stride: number;
    readonly classes: number;
    /** Of all rows; negative for rows without a class that the probe knows. */
    readonly labels: Int32Array;
    readonly start: number;
  },
): number[] {
  const { logits, errors, offset, stride, classes, labels, start } = options;
  const doubtful: number[] = [];
  for (let row = 0; row * stride < logits.length; row++) {
    const first = offset + row * stride;
    const own = logits.subarray(first, first + classes);
    const label = labels[start + row]!;
    scoreRow(scores, own, start + row, label);
    if (errors !== undefined && isDoubtful(own, scores.predicted[start + row]!, label, 2 * errors[row]!))
      doubtful.push(start + row);
  }
  return doubtful;
}

/** Whether a logit is so near to the largest one, or to the label's, that their order could be another. */
function isDoubtful(logits: Float32Array, best: number, label: number, margin: number): boolean {
  if (best < 0) return true;
  const [most, truth] = [logits[best]!, logits[label]];
  return logits.some(
    (logit, at) =>
      (at !== best && !(most - logit > margin)) ||
      (truth !== undefined && at !== label && !(Math.abs(truth - logit) > margin)),
  );
}

/** Scores one row by its logits, (classes). `label` is negative where there is none. */
export function scoreRow(
  scores: RowScores,
  logits: Float32Array | Float64Array,
  row: number,
  label: number,
): void {
  if (!logits.every(Number.isFinite)) {
    scores.predicted[row] = -1;
    scores.rank[row] = label < 0 ? -1 : logits.length;
    scores.loss[row] = label < 0 ? 0 : Number.POSITIVE_INFINITY;
    scores.confidence[row] = 0;
    return;
  }
  const best = largest(logits);
  const [most, truth] = [logits[best]!, logits[label] ?? 0];
  let [others, rank] = [0, 0];
  for (let at = 0; at < logits.length; at++) {
    const logit = logits[at]!;
    if (at !== best) others += Math.exp(logit - most);
    if (logit > truth || (logit === truth && at < label)) rank += 1;
  }
  scores.predicted[row] = best;
  scores.rank[row] = label < 0 ? -1 : rank;
  scores.loss[row] = label < 0 ? 0 : Math.log1p(others) + most - truth;
  scores.confidence[row] = 1 / (1 + others);
}

function largest(logits: Float32Array | Float64Array): number {
  let best = 0;
  for (let at = 1; at < logits.length; at++) if (logits[at]! > logits[best]!) best = at;
  return best;
}

interface Tally {
  samples: number;
  /** Rows of a class that the probe does not know: errors, of infinite loss. */
  unseen: number;
  loss: number;
  errors: number;
  top5Errors: number;
}

/** @param labels - class indices; -1 for rows that do not count, -2 for rows of a class the probe does not know. */
function tallyOf({ rank, loss }: RowScores, labels: Int32Array): Tally {
  const tally: Tally = { samples: 0, unseen: 0, loss: 0, errors: 0, top5Errors: 0 };
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (label === -1) continue;
    tally.samples += 1;
    if (label < 0) tally.unseen += 1;
    else tally.loss += loss[row]!;
    if (label < 0 || rank[row]! > 0) tally.errors += 1;
    if (label < 0 || rank[row]! >= 5) tally.top5Errors += 1;
  }
  return tally;
}

/**
 * The expected calibration error: the mean over the samples of how far, in their bin of confidence, the mean confidence
 * is from the part that is right.
 */
export function calibrationError({ rank, confidence }: RowScores, labels: Int32Array): number {
  const excess = new Float64Array(CALIBRATION_BINS);
  let samples = 0;
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] === -1) continue;
    samples += 1;
    const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(confidence[row]! * CALIBRATION_BINS));
    excess[bin]! += confidence[row]! - Number(rank[row] === 0);
  }
  return excess.reduce((sum, value) => sum + Math.abs(value), 0) / samples;
}

/** The metrics of a split; null where no row counts. The loss is infinite where a row's class is unknown. */
export function metricsOf(scores: RowScores, labels: Int32Array, classes: number): ProbeMetrics | null {
  const { samples, unseen, loss, errors, top5Errors } = tallyOf(scores, labels);
  if (samples === 0) return null;
  return {
    samples,
    loss: unseen > 0 ? Number.POSITIVE_INFINITY : loss / samples,
    error: errors / samples,
    top5Error: classes < TOP5_CLASSES ? null : top5Errors / samples,
    calibrationError: calibrationError(scores, labels),
  };
}

/** The error over the rows whose class the probe knows, in [0, 1]. 1 where there are none. */
export function knownError(scores: RowScores, labels: Int32Array): number {
  const { samples, unseen, errors } = tallyOf(scores, labels);
  return samples === unseen ? 1 : (errors - unseen) / (samples - unseen);
}

/** The mean loss over the rows whose class the probe knows: what selection compares. Infinite where there are none. */
export function knownLoss(scores: RowScores, labels: Int32Array): number {
  const { samples, unseen, loss } = tallyOf(scores, labels);
  return samples === unseen ? Number.POSITIVE_INFINITY : loss / (samples - unseen);
}
