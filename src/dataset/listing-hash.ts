import { createHash } from 'node:crypto';
import type { SelectedSplit } from './select-samples.js';

/** What the hash of a split's listing covers. */
export interface ListedSamples {
  readonly selected: SelectedSplit;
  key(index: number): string;
  readonly sizes: Float64Array;
  readonly labels: Int32Array;
}

const ROWS_PER_UPDATE = 4096;

/**
 * sha256 over the key, byte size and label of every sample of a split, in order. Each row is a line of JSON, so
 * that no key can be mistaken for another key and a size. Incremental: memory does not grow with the split.
 */
export function hashListing({ selected, key, sizes, labels }: ListedSamples): string {
  const hash = createHash('sha256');
  let rows = '';
  selected.indices.forEach((index, at) => {
    rows += `${JSON.stringify([key(index), sizes[at], labels[at]])}\n`;
    if ((at + 1) % ROWS_PER_UPDATE === 0) {
      hash.update(rows);
      rows = '';
    }
  });
  return hash.update(rows).digest('hex');
}
