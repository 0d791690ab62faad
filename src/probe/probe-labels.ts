import { UserError } from '../errors.js';
import { type PerSplit, perSplit } from '../split.js';
import { type ColumnLabel, columnText } from './column-label.js';

/** One way to label the rows of a column's sources: a class index for each row, or -1 for a row without a label. */
export interface ProbeLabelSet {
  readonly name: string;
  readonly classes: readonly string[];
  readonly labels: PerSplit<Int32Array>;
  /** Set for a control: the label set whose labels are permuted here (see randomLabels). */
  readonly controlOf?: string | undefined;
  /** Other labels of the train rows, drawn with other seeds: of a control, to tell chance from chance. */
  readonly otherDraws?: readonly Int32Array[] | undefined;
}

/** The label of a row without one, among {@link ProbeLabels}. */
export const NO_LABEL = -1;

/** The label of a row whose class the train split does not have. */
export const UNSEEN_CLASS = -2;

/**
 * A label set as the solver takes it: the classes that occur in the train split, numbered anew. The softmax is
 * over those alone, because no finite weights minimise the loss of a class without samples.
 */
export interface ProbeLabels {
  readonly set: ProbeLabelSet;
  /** The original index of each class the softmax is over. */
  readonly present: Int32Array;
  /** Indices into `present`, {@link NO_LABEL} or {@link UNSEEN_CLASS}. */
  readonly labels: PerSplit<Int32Array>;
  /** Rows with a label, in each split. */
  readonly labelled: PerSplit<number>;
  /** The part of the labelled train rows that each present class has. */
  readonly frequencies: Float64Array;
}

/**
 * Checks a label set against the number of rows, and numbers its classes.
 *
 * @throws UserError when the train split has fewer than two classes, or the valid split no label.
 */
export function prepareLabels(set: ProbeLabelSet, rows: PerSplit<number>, column: ColumnLabel): ProbeLabels {
  perSplit((split) => checkLabels(set, split, rows[split]));
  const counts = countClasses(set.labels.train, set.classes.length);
  const present = Int32Array.from(counts.keys()).filter((label) => counts[label]! > 0);
  const labelled = perSplit((split) => set.labels[split].reduce((sum, label) => sum + Number(label >= 0), 0));
  requireClasses(set, present.length, column);
  requireValid(set, labelled.valid, column);
  const renumbered = new Int32Array(set.classes.length).fill(UNSEEN_CLASS);
  present.forEach((label, index) => {
    renumbered[label] = index;
  });
  return {
    set,
    present,
    labelled,
    labels: perSplit((split) => set.labels[split].map((at) => (at < 0 ? NO_LABEL : renumbered[at]!))),
    frequencies: Float64Array.from(present, (label) => counts[label]! / labelled.train),
  };
}

function checkLabels(set: ProbeLabelSet, split: keyof PerSplit<unknown>, rows: number): void {
  const labels = set.labels[split];
  if (labels.length !== rows) {
    throw new Error(`label set ${set.name}: ${labels.length} ${split} labels for ${rows} rows`);
  }
  const wrong = labels.find((label) => label < -1 || label >= set.classes.length);
  if (wrong !== undefined) {
    throw new Error(`label set ${set.name}: ${split} label ${wrong} (0 to ${set.classes.length - 1}, or -1)`);
  }
}

function countClasses(labels: Int32Array, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const label of labels) if (label >= 0) counts[label]! += 1;
  return counts;
}

function requireClasses(set: ProbeLabelSet, present: number, column: ColumnLabel): void {
  if (present >= 2) return;
  const found = present === 0 ? 'no labelled sample' : 'samples of one class only';
  throw new UserError(
    `label set ${set.name}: ${found} in the train split of ${columnText(column)} (a probe needs two classes)`,
  );
}

function requireValid(set: ProbeLabelSet, labelled: number, column: ColumnLabel): void {
  if (labelled > 0) return;
  throw new UserError(
    `label set ${set.name}: no labelled sample in the valid split of ${columnText(column)} (l2 is selected on ` +
      'valid: extract from a data set that has one, or let the extraction carve it out of train)',
  );
}
