import { UserError, unknownName } from '../errors.js';
import { selectTaps } from '../select-taps.js';
import type { Cache, CachedColumn } from './cache.js';

/** What `--taps` and `--reduce` of a probe run name; undefined for all. */
export interface ColumnSelection {
  readonly taps?: readonly string[] | undefined;
  readonly reductions?: readonly string[] | undefined;
}

/**
 * The columns of a cache that taps (names, globs, kinds, `all`) and reductions name, in depth order. Pure.
 *
 * @throws UserError for a tap or reduction that the cache has no column of.
 */
export function selectColumns(
  { columns, directory, manifest }: Pick<Cache, 'columns' | 'directory' | 'manifest'>,
  selection: ColumnSelection,
): readonly CachedColumn[] {
  if (columns.length === 0)
    throw new UserError(`cache has no columns yet: ${directory} (run strata extract)`);
  const kinds = [...new Set(manifest.taps.map(({ kind }) => kind))];
  const present = new Set(columns.map(({ tap }) => tap));
  const taps = new Set(selectTaps(selection.taps ?? ['all'], [...present], kinds));
  const reductions = [...new Set(columns.map(({ reduction }) => reduction))];
  for (const asked of selection.reductions ?? []) {
    if (!reductions.includes(asked)) throw unknownName('reduction', asked, reductions);
  }
  const chosen = columns.filter(
    ({ tap, reduction }) => taps.has(tap) && (selection.reductions?.includes(reduction) ?? true),
  );
  if (chosen.length > 0) return chosen;
  throw new UserError(`no column of ${directory} has both a tap and a reduction that were asked for`);
}
