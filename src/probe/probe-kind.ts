/** The kinds of probe, the default first. */
export const PROBE_KINDS = ['softmax'] as const;

/** One of {@link PROBE_KINDS}. */
export type ProbeKind = (typeof PROBE_KINDS)[number];
