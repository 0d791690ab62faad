/**
 * TensorFlow's ops that draw numbers. Those with a seed of their own too: what an image gets depends on its place in the
 * batch.
 */
const RANDOM = [
  /^(Stateless)?(Random|Truncated(Normal|Uniform)|ParameterizedTruncated|Multinomial|SampleDistortedBoundingBox)/,
  /^Stateful(Uniform|StandardNormal|TruncatedNormal|Random)/,
  /^(RngReadAndSkip|RngSkip|RngUniform|XlaRngUniform|XlaRngNormal|StochasticCastToInt)$/,
  /CandidateSampler$/,
];

/** Whether an op of TensorFlow draws numbers. */
export function isRandomOp(op: string): boolean {
  return RANDOM.some((pattern) => pattern.test(op)) && !op.startsWith('RandomShuffleQueue');
}
