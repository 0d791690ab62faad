import type { Predictions } from './measurement.js';
import type { PairedCounts } from './paired-difference.js';

/** Which samples of a split one selected probe gets wrong: its predictions, an eighth of their size. */
export interface Outcomes {
  readonly tap: string;
  readonly reduction: string;
  readonly labelSet: string;
  readonly split: 'valid' | 'test';
  /** The samples, and of each whether it is wrong: 0 right, 1 wrong, {@link UNLABELLED} where it has no label. */
  readonly ids: Int32Array;
  readonly wrong: Uint8Array;
}

const UNLABELLED = 2;

/** Which of its samples a probe gets wrong. */
export function outcomesOf({
  tap,
  reduction,
  labelSet,
  split,
  ids,
  labels,
  predicted,
}: Predictions): Outcomes {
  const wrong = Uint8Array.from(labels, (label, row) =>
    label < 0 ? UNLABELLED : Number(label !== predicted[row]),
  );
  return { tap, reduction, labelSet, split, ids, wrong };
}

/**
 * How many samples with a label two probes judge differently.
 *
 * @throws Error where they are not of the same samples.
 */
export function countChanges(before: Outcomes, after: Outcomes): PairedCounts {
  let [samples, newlyWrong, newlyRight] = [0, 0, 0];
  if (before.ids.length !== after.ids.length || before.ids.some((id, row) => id !== after.ids[row]))
    throw new Error(`probes of other samples are compared: ${before.tap} and ${after.tap}`);
  for (const [row, was] of before.wrong.entries()) {
    const is = after.wrong[row]!;
    if (was === UNLABELLED || is === UNLABELLED) continue;
    samples += 1;
    newlyWrong += Number(is > was);
    newlyRight += Number(is < was);
  }
  return { samples, newlyWrong, newlyRight };
}
