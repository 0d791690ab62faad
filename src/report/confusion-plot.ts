import type { Confusion } from '../probe/confusion.js';
import type { Measurement } from '../probe/measurement.js';
import { encodeHiveValue } from '../store/layout.js';
import type { ConfusionKey } from './confusion-tables.js';
import { csvNumber, csvText } from './csv-text.js';
import { bestOnValid, hasSeveralReductions, selectedOf } from './depth-order.js';
import type { RunRecord } from './run-record.js';

/** More classes are not drawn: their names could not be read. Their most confused pairs are listed instead. */
export const MOST_DRAWN_CLASSES = 100;

/** The confusion matrix that a report shows for one label set. */
export interface ConfusionPlot {
  /** The name of its files, without extension. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  readonly confusion: Confusion;
}

/**
 * The probes whose confusions a report shows: of each label set that with the lowest error on valid. Controls are
 * left out: which random labels are taken for which means nothing.
 */
export function probesShown(measurements: readonly Measurement[], run: RunRecord): readonly ConfusionKey[] {
  return run.labelSets
    .filter(({ controlOf }) => controlOf === null)
    .flatMap(({ name }) => bestOnValid(selectedOf(measurements, name)) ?? []);
}

/** The plot of a confusion matrix. */
export function confusionPlot(
  confusion: Confusion,
  measurements: readonly Measurement[],
  run: RunRecord,
): ConfusionPlot {
  const { labelSet } = confusion;
  return {
    name: `confusion.${encodeHiveValue(labelSet)}`,
    title: `Confusion matrix of ${labelSet}`,
    subtitle: `${run.names.model} on ${run.names.dataset}, ${probeText(confusion, measurements)}`,
    confusion,
  };
}

/** Which probe a confusion matrix is of, `probe of add_12 on test`; also where it did not converge. */
export function probeText(confusion: Confusion, measurements: readonly Measurement[]): string {
  const { tap, reduction, labelSet, split } = confusion;
  const rows = selectedOf(measurements, labelSet);
  const own = rows.find((row) => row.tap === tap && row.reduction === reduction);
  const name = hasSeveralReductions(rows) ? `${tap} (${reduction})` : tap;
  return `probe of ${name} on ${split}${own?.converged === false ? ' (not converged)' : ''}`;
}

/** The cells of a confusion matrix that are not zero as CSV, with their share of the true class's samples. */
export function confusionCsv({ confusion }: ConfusionPlot): string {
  const { classes } = confusion;
  const cells = cellShares(confusion).map(({ truth, predicted, count, share }) => [
    classes[truth]!,
    classes[predicted]!,
    String(count),
    csvNumber(share),
  ]);
  return csvText([['true_class', 'predicted_class', 'count', 'share_of_true_class'], ...cells]);
}

/** The cells of a confusion matrix with their share of the true class's samples. */
export function cellShares({ classes, cells }: Confusion) {
  const samples = new Float64Array(classes.length);
  for (const { truth, count } of cells) samples[truth]! += count;
  return cells.map((cell) => ({ ...cell, share: cell.count / samples[cell.truth]! }));
}
