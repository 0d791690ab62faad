import type { Dataset } from '../dataset/dataset.js';
import type { DecodedSample } from '../decode/batches.js';
import { type PerSplit, SPLITS } from '../split.js';
import type { SampleRow } from '../store/samples.js';
import type { BatchJob } from './batch-jobs.js';
import type { ClassifierScoring } from './classifier-scoring.js';

/** A sample's id is its place in its split plus the sizes of the splits before it: one numbering for the cache. */
export function sampleOffsets(samples: PerSplit<number>): PerSplit<number> {
  const offsets = { train: 0, valid: 0, test: 0 };
  let offset = 0;
  for (const split of SPLITS) {
    offsets[split] = offset;
    offset += samples[split];
  }
  return offsets;
}

/** What the rows of a batch are made from. `probabilities` is (batch, outputs). */
export interface BatchRowsInputs {
  readonly dataset: Dataset;
  readonly offsets: PerSplit<number>;
  readonly job: BatchJob;
  readonly samples: readonly DecodedSample[];
  readonly scoring: ClassifierScoring | undefined;
  readonly probabilities: Float32Array | undefined;
}

/** The rows of the samples part that one batch gives, quarantined samples included. Pure. */
export function batchRows({
  dataset,
  offsets,
  job,
  samples,
  scoring,
  probabilities,
}: BatchRowsInputs): SampleRow[] {
  return job.slots.map(({ split, index }, slot) => {
    const sample = samples[slot];
    if (sample === undefined)
      throw new Error(`decoder returned ${samples.length} of ${job.slots.length} samples`);
    const labelOf = (set: Dataset['labelSets'][number]) =>
      set.classes[set.labels[split][index] ?? -1] ?? null;
    const label = dataset.labelSets[0]?.labels[split][index] ?? -1;
    const ok = sample.status === 'ok';
    const scored = ok && label >= 0 && scoring !== undefined && probabilities !== undefined;
    const verdict = scored ? scoring.score(probabilities, slot, label) : undefined;
    return {
      id: offsets[split] + index,
      key: dataset.splits[split].key(index),
      labels: Object.fromEntries(dataset.labelSets.map((set) => [set.name, labelOf(set)])),
      width: ok ? sample.width : null,
      height: ok ? sample.height : null,
      sourceSha256: sample.sourceSha256,
      modelPrediction: verdict?.modelPrediction ?? null,
      modelLoss: verdict?.modelLoss ?? null,
      modelRank: verdict?.modelRank ?? null,
      status: sample.status,
      reason: ok ? null : sample.reason,
    };
  });
}

/** The rows, of `width` numbers each, at the places in `keep`: a view where these are the first ones. */
export function keepRows<A extends Float32Array | Uint16Array>(
  values: A,
  keep: readonly number[],
  width: number,
): A {
  if (keep.every((place, index) => place === index)) return values.subarray(0, keep.length * width) as A;
  const kept = new (values.constructor as new (length: number) => A)(keep.length * width);
  for (const [row, place] of keep.entries()) {
    kept.set(values.subarray(place * width, (place + 1) * width), row * width);
  }
  return kept;
}
