import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { type Confusion, type ConfusionCell, classScores } from '../probe/confusion.js';
import { intervalOf } from '../probe/error-interval.js';
import { type Table, type TableColumn, type TableRow, writeTable } from '../store/table.js';
import { fileExists } from './file-exists.js';
import { readRunTable } from './read-run-table.js';
import { replaceFile } from './replace-file.js';

/** The confusion matrices of a run: a row for each cell that is not zero. */
export const CONFUSION_FILE = 'confusion.parquet';

/** The scores of a run by class: a row for each selected probe and class, in the order of the label set. */
export const CLASSES_FILE = 'classes.parquet';

const PROBE_COLUMNS: readonly TableColumn[] = [
  { name: 'tap', type: 'utf8' },
  { name: 'reduction', type: 'utf8' },
  { name: 'label_set', type: 'utf8' },
  { name: 'split', type: 'utf8' },
];

const CELL_COLUMNS: readonly TableColumn[] = [
  ...PROBE_COLUMNS,
  { name: 'true_class', type: 'utf8' },
  { name: 'predicted_class', type: 'utf8' },
  { name: 'count', type: 'int32' },
];

/** `samples`: of the class; `predictions`: samples taken for it; `error` and `precision` null where these are 0. */
const READ_CLASS_COLUMNS: readonly TableColumn[] = [
  ...PROBE_COLUMNS,
  { name: 'class', type: 'utf8' },
  { name: 'samples', type: 'int32' },
  { name: 'predictions', type: 'int32' },
  { name: 'error', type: 'double', optional: true },
  { name: 'precision', type: 'double', optional: true },
];

/** With the 95 % interval of each error, which follows from the others and is not read back. */
const CLASS_COLUMNS: readonly TableColumn[] = [
  ...READ_CLASS_COLUMNS,
  { name: 'error_low', type: 'double', optional: true },
  { name: 'error_high', type: 'double', optional: true },
];

/** Writes `confusion.parquet` and `classes.parquet` into a run's directory, each whole or not at all. */
export async function writeConfusions(directory: string, confusions: readonly Confusion[]): Promise<void> {
  const write = (name: string, columns: readonly TableColumn[], rows: Iterable<TableRow>) =>
    replaceFile(join(directory, name), (temporary) => writeTable(temporary, columns, rows));
  await write(CONFUSION_FILE, CELL_COLUMNS, eachRow(confusions, cellRows));
  await write(CLASSES_FILE, CLASS_COLUMNS, eachRow(confusions, classRows));
}

function* eachRow(
  confusions: readonly Confusion[],
  rows: (confusion: Confusion) => readonly TableRow[],
): Generator<TableRow> {
  for (const confusion of confusions) {
    const { tap, reduction, labelSet, split } = confusion;
    for (const row of rows(confusion)) yield { tap, reduction, label_set: labelSet, split, ...row };
  }
}

function cellRows({ classes, cells }: Confusion): readonly TableRow[] {
  return cells.map(({ truth, predicted, count }) => ({
    true_class: classes[truth]!,
    predicted_class: classes[predicted]!,
    count,
  }));
}

function classRows(confusion: Confusion): readonly TableRow[] {
  return classScores(confusion).map((score, at) => {
    const { error, samples } = score;
    const interval = error === null ? null : intervalOf({ error, samples });
    const ends = { error_low: interval?.low ?? null, error_high: interval?.high ?? null };
    return { class: confusion.classes[at]!, ...score, ...ends };
  });
}

/** Which probe's confusion matrix is asked for. */
export type ConfusionKey = Pick<Confusion, 'tap' | 'reduction' | 'labelSet'>;

/**
 * Reads what {@link writeConfusions} wrote, of the probes asked for and in their order; nothing where the run is older
 * than these files.
 *
 * @throws UserError when a file is no Parquet file, or lacks a column.
 */
export async function readConfusions(
  directory: string,
  asked: readonly ConfusionKey[],
): Promise<readonly Confusion[]> {
  const file = (name: string) => join(directory, name);
  if (!(await fileExists(file(CLASSES_FILE))) || !(await fileExists(file(CONFUSION_FILE)))) return [];
  const classes = await readRunTable(file(CLASSES_FILE), { what: 'classes', columns: READ_CLASS_COLUMNS });
  const cells = await readRunTable(file(CONFUSION_FILE), { what: 'confusions', columns: CELL_COLUMNS });
  const [classRows, cellRows] = [probeRows(classes, asked), probeRows(cells, asked)];
  try {
    return classRows.flatMap((rows, at) => (rows.length === 0 ? [] : [assembled(rows, cellRows[at]!)]));
  } catch (error) {
    throw new UserError(`not the confusions of a strata run: ${file(CONFUSION_FILE)}`, { cause: error });
  }
}

/** The rows of each probe asked for, in the table's order. There may be millions of others: no objects are made of them. */
function probeRows({ rows, columns }: Table, asked: readonly ConfusionKey[]): readonly TableRow[][] {
  const own = asked.map((): TableRow[] => []);
  const entries = Object.entries(columns);
  const { tap, reduction, label_set: labelSet } = columns;
  for (let row = 0; row < rows; row++) {
    const at = asked.findIndex(
      (key) => key.tap === tap![row] && key.reduction === reduction![row] && key.labelSet === labelSet![row],
    );
    own[at]?.push(Object.fromEntries(entries.map(([name, values]) => [name, values[row] ?? null])));
  }
  return own;
}

const classSchema = z.object({
  tap: z.string(),
  reduction: z.string(),
  label_set: z.string(),
  split: z.enum(['valid', 'test']),
  class: z.string(),
});
const cellSchema = z.object({ true_class: z.string(), predicted_class: z.string(), count: z.int() });

function assembled(classRows: readonly TableRow[], cellRows: readonly TableRow[]): Confusion {
  const parsed = classRows.map((row) => classSchema.parse(row));
  const { tap, reduction, label_set: labelSet, split } = parsed[0]!;
  const classes = parsed.map((row) => row.class);
  const places = new Map(classes.map((name, at) => [name, at]));
  const place = (name: string) => {
    const at = places.get(name);
    if (at === undefined) throw new Error(`class not found: ${name} (known: those of ${CLASSES_FILE})`);
    return at;
  };
  const cells = cellRows.map((row): ConfusionCell => {
    const { true_class, predicted_class, count } = cellSchema.parse(row);
    return { truth: place(true_class), predicted: place(predicted_class), count };
  });
  return { tap, reduction, labelSet, split, classes, cells };
}
