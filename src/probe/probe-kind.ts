/** The kinds of probe, the default first. */
export const PROBE_KINDS = ['softmax', 'sgd', 'adam'] as const;

/** One of {@link PROBE_KINDS}. */
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** The kinds that are trained by minibatches, and stopped early by the valid split. */
export const STOCHASTIC_KINDS = ['sgd', 'adam'] as const satisfies readonly ProbeKind[];

/** Whether a kind is one of {@link STOCHASTIC_KINDS}. */
export function isStochastic(kind: ProbeKind): boolean {
  return STOCHASTIC_KINDS.some((each) => each === kind);
}
