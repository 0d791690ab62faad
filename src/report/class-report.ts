import type { Confusion } from '../probe/confusion.js';
import type { Measurement } from '../probe/measurement.js';
import { classTable, pairTable } from './class-tables.js';
import { confusionCsv, confusionPlot, MOST_DRAWN_CLASSES, probeText } from './confusion-plot.js';
import { confusionSvg } from './confusion-svg.js';
import type { RunRecord } from './run-record.js';
import type { TableSection } from './table.js';

/** A drawn plot: the name of its files without extension, the SVG document and its numbers. */
export interface DrawnPlot {
  readonly name: string;
  readonly svg: string;
  readonly csv: string;
  /** The label set whose errors a network shows, for the page's script to quote. */
  readonly labelSet?: string | null;
}

/** What a report says of the classes of one label set. */
export interface ClassReport {
  readonly labelSet: string;
  /** Which probe it is of. */
  readonly probe: string;
  /** The confusion matrix; null where there are too many classes to draw. */
  readonly matrix: DrawnPlot | null;
  readonly tables: readonly TableSection[];
}

/** The confusion matrix of a label set, or its most confused pairs where it is too large; and its errors by class. */
export async function classReport(
  confusion: Confusion,
  measurements: readonly Measurement[],
  run: RunRecord,
): Promise<ClassReport> {
  const { labelSet, classes } = confusion;
  const probe = probeText(confusion, measurements);
  const errors = classTable(confusion, probe);
  if (classes.length > MOST_DRAWN_CLASSES)
    return { labelSet, probe, matrix: null, tables: [pairTable(confusion, probe), errors] };
  const plot = confusionPlot(confusion, measurements, run);
  const matrix = { name: plot.name, svg: await confusionSvg(plot), csv: confusionCsv(plot) };
  return { labelSet, probe, matrix, tables: [errors] };
}
