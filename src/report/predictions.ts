import type { Predictions } from '../probe/measurement.js';
import { type TableColumn, type TableRow, writeTable } from '../store/table.js';
import { replaceFile } from './replace-file.js';

const COLUMNS: readonly TableColumn[] = [
  { name: 'id', type: 'int32' },
  { name: 'split', type: 'utf8' },
  { name: 'tap', type: 'utf8' },
  { name: 'reduction', type: 'utf8' },
  { name: 'label_set', type: 'utf8' },
  { name: 'label', type: 'utf8', optional: true },
  { name: 'prediction', type: 'utf8' },
];

/** What came a set at a time, in memory or not. */
export type PredictionSource = Iterable<Predictions> | AsyncIterable<Predictions>;

/**
 * Writes `predictions.parquet`: a row for each sample and selected probe, with the true and the predicted class
 * by name, the true one null where the sample has none. One set of predictions is in memory at a time.
 *
 * @param onSet - is shown each set as it passes.
 */
export async function writePredictions(
  path: string,
  predictions: PredictionSource,
  onSet: (set: Predictions) => void = () => {},
): Promise<void> {
  await replaceFile(path, (temporary) => writeTable(temporary, COLUMNS, rowsOf(predictions, onSet)));
}

async function* rowsOf(
  predictions: PredictionSource,
  onSet: (set: Predictions) => void,
): AsyncGenerator<TableRow> {
  for await (const set of predictions) {
    onSet(set);
    yield* setRows(set);
  }
}

function* setRows({ ids, labels, predicted, classes, ...probe }: Predictions): Generator<TableRow> {
  const { split, tap, reduction, labelSet } = probe;
  for (const [index, id] of ids.entries()) {
    const label = labels[index]!;
    yield {
      id,
      split,
      tap,
      reduction,
      label_set: labelSet,
      label: label < 0 ? null : classes[label]!,
      prediction: classes[predicted[index]!]!,
    };
  }
}
