import { isControlName } from '../control-name.js';
import { type Dataset, type LabelSet, MAIN_LABEL_SET } from '../dataset/dataset.js';
import { UserError } from '../errors.js';
import { perSplit } from '../split.js';
import { labelClasses, readLabelTable } from '../store/label-table.js';

function labelSetOf(dataset: Dataset, name: string, table: ReadonlyMap<string, string>): LabelSet {
  const classes = labelClasses(table.values());
  const indexOf = new Map(classes.map((label, index) => [label, index]));
  const labels = perSplit((split) => {
    const listing = dataset.splits[split];
    return Int32Array.from({ length: listing.length }, (_, index) => {
      const label = table.get(listing.key(index));
      return label === undefined ? -1 : (indexOf.get(label) ?? -1);
    });
  });
  return { name, classes, labels };
}

/**
 * Adds a label set for each table (key, label) to a data set; samples that a table lacks have no label there.
 *
 * @throws UserError when a name is taken, or a table names no sample of the data set.
 */
export async function withLabelTables(
  dataset: Dataset,
  tables: ReadonlyMap<string, string>,
): Promise<Dataset> {
  const added: LabelSet[] = [];
  for (const [name, path] of tables) {
    if (
      isControlName(name) ||
      name === MAIN_LABEL_SET ||
      dataset.labelSets.some((set) => set.name === name)
    ) {
      throw new UserError(`label set name is taken: ${name} (choose another name for ${path})`);
    }
    const labelSet = labelSetOf(dataset, name, await readLabelTable(path));
    if (Object.values(labelSet.labels).every((labels) => labels.every((label) => label === -1))) {
      const example = dataset.splits.train.length > 0 ? dataset.splits.train.key(0) : 'train/00000';
      throw new UserError(`label table has no key of this data set: ${path} (a key looks like ${example})`);
    }
    added.push(labelSet);
  }
  return {
    ...dataset,
    labelSets: [...dataset.labelSets, ...added],
    read: (split, index) => dataset.read(split, index),
  };
}
