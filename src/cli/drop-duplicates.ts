import { UserError } from '../errors.js';
import { NO_LABEL, type ProbeLabelSet } from '../probe/probe-labels.js';
import type { Duplicates } from '../read/duplicates.js';
import type { SampleTable } from '../read/samples.js';
import { type PerSplit, perSplit } from '../split.js';

/** What probes are trained on and judged by. */
export interface ProbedSamples {
  readonly samples: PerSplit<SampleTable>;
  /** Their labels are aligned with the samples that have features. */
  readonly labelSets: readonly ProbeLabelSet[];
}

/**
 * Leaves samples whose bytes an earlier split has out of valid and test: they lose their label in every label set and the
 * network's own verdict, so that nothing is selected by them or scored on them. Train and the cache stay as they are.
 *
 * @returns copies; where nothing is left out they equal what was given.
 * @throws UserError when no sample of valid would be left.
 */
export function dropDuplicates(
  { samples, labelSets }: ProbedSamples,
  { leaked, counts }: Duplicates,
): ProbedSamples {
  const left = perSplit((split) => samples[split].rows - samples[split].quarantined);
  if (left.valid > 0 && counts.leaked.valid === left.valid)
    throw new UserError(
      `--drop-duplicates leaves no sample in valid: train has the bytes of all ${left.valid} (extract from a data set ` +
        'whose splits differ)',
    );
  const rows = perSplit((split) => leaked[split].filter((_, row) => samples[split].ok[row] === 1));
  return {
    samples: perSplit((split) => ({
      ...samples[split],
      modelPrediction: samples[split].modelPrediction.map((one, row) =>
        leaked[split][row] === 1 ? null : one,
      ),
    })),
    labelSets: labelSets.map((set) => ({
      ...set,
      labels: perSplit((split) =>
        set.labels[split].map((label, row) => (rows[split][row] === 1 ? NO_LABEL : label)),
      ),
    })),
  };
}
