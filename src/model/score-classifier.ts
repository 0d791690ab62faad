// loss = -log max(p_true, 1e-38): finite where a probability has underflowed to 0 (then 87.5 nats).

/** What a classifier said of one sample. */
export interface ClassifierScore {
  /** The output with the highest probability, the first of equals. */
  readonly prediction: number;
  /** Cross entropy in nats. */
  readonly loss: number;
  /** How many outputs come before the true one: 0 is a right prediction, below 5 a top-5 hit. Of equals, the lower index comes first. */
  readonly rank: number;
}

/** The smallest probability that counts. */
const LEAST = 1e-38;

/**
 * Scores one row of softmax probabilities against the true output. Where the true output is not a number, neither is the loss, and the rank is the last.
 *
 * @throws RangeError where there is no such output.
 */
export function scoreClassifier(probabilities: Float32Array, trueOutput: number): ClassifierScore {
  const truth = probabilities[trueOutput];
  if (truth === undefined) throw new RangeError(`no output ${trueOutput} among ${probabilities.length}`);
  let prediction = 0;
  let highest = Number.NEGATIVE_INFINITY;
  let rank = 0;
  for (const [output, probability] of probabilities.entries()) {
    if (probability > highest) {
      prediction = output;
      highest = probability;
    }
    if (probability > truth || (probability === truth && output < trueOutput)) rank++;
  }
  if (Number.isNaN(truth)) return { prediction, loss: Number.NaN, rank: probabilities.length };
  return { prediction, loss: -Math.log(Math.max(truth, LEAST)), rank };
}
