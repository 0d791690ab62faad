// The best constant prediction: what a probe must beat to know anything of its labels.
//
// With n_c of n samples of class c on the split that is scored, and q_c = n_c / n:
//
//     error = 1 - max_c q_c            always the most frequent class of that split
//     loss  = - sum_c q_c log q_c      always the frequencies of its classes as probabilities, in nats
//
// No constant prediction does better on these samples. Of ten equally frequent classes they are 0.9 and log 10. Nothing
// of train goes into them: the class that happens to be most frequent there may be rare among the samples scored.

/** What the best constant prediction gives on one split. */
export interface Chance {
  /** A fraction in [0, 1). */
  readonly error: number;
  /** Nats per sample. */
  readonly loss: number;
}

/** The chance level of a split: error and loss of its best constant prediction; null where no sample has a label. */
export function chanceOf(labels: Int32Array, classes: number): Chance | null {
  const counts = new Float64Array(classes);
  for (const label of labels) if (label >= 0) counts[label]! += 1;
  const samples = counts.reduce((sum, count) => sum + count, 0);
  if (samples === 0) return null;
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  const shares = counts.map((count) => count / samples);
  const loss = shares.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
  return { error: (samples - most) / samples, loss };
}
