import { unknownName } from '../errors.js';
import type { SampleTable } from './samples.js';

/** Where labels come from: a label set of the cache by name, or a table read by readLabelTable and its classes. */
export type LabelSource =
  | { readonly kind: 'stored'; readonly name: string }
  | {
      readonly kind: 'table';
      readonly labels: ReadonlyMap<string, string>;
      readonly classes: readonly string[];
    };

/**
 * The class index of each feature row of a split, -1 where it has no label: quarantined samples are left out, as
 * they are from the features.
 *
 * @throws UserError when the cache has no label set of that name.
 */
export function alignLabels(samples: SampleTable, source: LabelSource): Int32Array {
  const labels = source.kind === 'stored' ? storedLabels(samples, source.name) : tableLabels(samples, source);
  return labels.filter((_, row) => samples.ok[row] === 1);
}

function storedLabels({ labels }: SampleTable, name: string): Int32Array {
  const found = labels[name];
  if (!found) throw unknownName('label set', name, Object.keys(labels));
  return found;
}

function tableLabels(
  { keys }: SampleTable,
  { labels, classes }: Extract<LabelSource, { kind: 'table' }>,
): Int32Array {
  const index = new Map(classes.map((name, at) => [name, at]));
  return Int32Array.from(keys, (key) => {
    const label = labels.get(key);
    return label === undefined ? -1 : (index.get(label) ?? -1);
  });
}
