/** How probes are drawn: as the colour of what they look at, or as nodes of their own behind a diode (the paper's Figure 7). */
export const NETWORK_STYLES = ['network', 'diode'] as const;

/** One of {@link NETWORK_STYLES}. */
export type NetworkStyle = (typeof NETWORK_STYLES)[number];
