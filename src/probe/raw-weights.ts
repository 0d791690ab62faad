/**
 * A probe over standardised features, z = (h - mean) scale, as one over raw features:
 *
 *     logits = W' z + b = (W scale)' h + (b - sum_d mean_d scale_d W_d)
 */
import type { LinearProbe } from './score-split.js';
import type { Standardisation } from './standardise.js';

/**
 * Maps a probe back to raw features and to all classes of its label set.
 *
 * @param present - the class of each of the probe's outputs. The others have zero weights and a bias of minus
 * infinity: a probability of zero, as they had in training.
 * @returns the weight as (classes, features), row by row, zero at constant features; and the bias.
 */
export function rawWeights(options: {
  readonly probe: LinearProbe;
  readonly standardisation: Standardisation;
  readonly present: Int32Array;
  readonly classes: number;
}): { weight: Float32Array; bias: Float32Array } {
  const { probe, standardisation, present, classes } = options;
  const { features, mean, scale } = standardisation;
  const weight = new Float32Array(classes * features);
  const bias = new Float32Array(classes).fill(Number.NEGATIVE_INFINITY);
  for (const [output, label] of present.entries()) {
    let shift = probe.bias[output]!;
    for (let feature = 0; feature < features; feature++) {
      const raw = probe.weight[feature * probe.classes + output]! * scale[feature]!;
      weight[label * features + feature] = raw;
      shift -= raw * mean[feature]!;
    }
    bias[label] = shift;
  }
  return { weight, bias };
}
