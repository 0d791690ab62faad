import type { CachedColumn } from '../read/cache.js';
import type { ColumnResult } from './assemble-column.js';
import type { ProbeLabelSet } from './probe-labels.js';

/**
 * Raised whenever a solver or a metric gives other numbers than before, or a result has other fields: results kept
 * from earlier are then not mixed with new ones.
 */
export const RESULTS_VERSION = 2;

/** What a sweep need not train again, because an earlier one did. */
export interface KeptResults {
  /** The results that are kept of a column, by the name of their label set: of those asked for, and no others. */
  find(column: CachedColumn, labelSets: readonly ProbeLabelSet[]): Promise<ReadonlyMap<string, ColumnResult>>;
  /**
   * Keeps what a column's label sets came to, all of them or none: those that were trained side by side are trained
   * side by side again, so that the numbers are the same.
   */
  keep(column: CachedColumn, labelSets: readonly ProbeLabelSet[], result: ColumnResult): Promise<void>;
}

/** The part of a column's result that is about one label set. */
export function resultOf(result: ColumnResult, labelSet: string): ColumnResult {
  const own = <Item extends { readonly labelSet: string }>(items: readonly Item[]) =>
    items.filter((item) => item.labelSet === labelSet);
  return {
    measurements: own(result.measurements),
    predictions: own(result.predictions),
    weights: own(result.weights),
  };
}

/** Results of the same column one after the other: the inverse of {@link resultOf}. */
export function joinResults(results: readonly ColumnResult[]): ColumnResult {
  return {
    measurements: results.flatMap(({ measurements }) => measurements),
    predictions: results.flatMap(({ predictions }) => predictions),
    weights: results.flatMap(({ weights }) => weights),
  };
}
