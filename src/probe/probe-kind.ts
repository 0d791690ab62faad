/**
 * The kinds of probe, the default first: softmax regression to its optimum, the same by minibatches with early stopping,
 * and those that have a closed form: ridge regression on one-hot targets, the nearest class centroid, and linear
 * discriminant analysis.
 */
export const PROBE_KINDS = ['softmax', 'sgd', 'adam', 'ridge', 'centroid', 'lda'] as const;

/** One of {@link PROBE_KINDS}. */
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** The kinds that are trained by minibatches, and stopped early by the valid split. */
export const STOCHASTIC_KINDS = ['sgd', 'adam'] as const satisfies readonly ProbeKind[];

/** Whether a kind is one of {@link STOCHASTIC_KINDS}. */
export function isStochastic(kind: ProbeKind): boolean {
  return STOCHASTIC_KINDS.some((each) => each === kind);
}

/** Whether probes of a kind are trained at several l2 values. The others have a single one, whose l2 is stated as 0. */
export function hasL2(kind: ProbeKind): boolean {
  return kind !== 'centroid';
}

/**
 * What valid selects a kind by. The loss is smoother, so it is taken where it means something: ridge fits no
 * probabilities, and of its l2 values the one with the lowest error is selected, of equal ones the largest.
 */
export function selectedBy(kind: ProbeKind): 'loss' | 'error' {
  return kind === 'ridge' ? 'error' : 'loss';
}
