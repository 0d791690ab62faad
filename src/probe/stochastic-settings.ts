import type { Optimiser } from './gradient-steps.js';

/** How the probes that stop early are trained. */
export interface StochasticSettings {
  /** The learning rates, tried side by side. */
  readonly rates: readonly number[];
  /** Most rows of a minibatch. */
  readonly batch: number;
  /** Most epochs. */
  readonly epochs: number;
  /** Epochs in a row without a lower loss on valid after which a probe's training ends. */
  readonly patience: number;
}

/** The rates unless others are given: 1, 2, 5 a decade, as DINOv2's linear evaluation has them, over four decades. */
const RATES: Readonly<Record<Optimiser, readonly number[]>> = {
  sgd: [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1, 2e-1, 5e-1],
  adam: [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2],
};

/** The settings unless others are given. */
export function stochasticDefaults(optimiser: Optimiser): StochasticSettings {
  return { rates: RATES[optimiser], batch: 256, epochs: 100, patience: 5 };
}
