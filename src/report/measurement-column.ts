import type { Measurement } from '../probe/measurement.js';
import type { TableColumnHead } from './table.js';

/** A column of the table of a label set's probes. */
export interface Column extends TableColumnHead {
  readonly cell: (row: Measurement) => string;
}

/** What stands where there is no number. */
export const NONE = '-';
