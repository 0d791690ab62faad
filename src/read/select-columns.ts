import picomatch from 'picomatch';
import { UserError, unknownName } from '../errors.js';
import type { Cache, CachedColumn } from './cache.js';

/** What `--taps` and `--reduce` of a probe run name; undefined for all. */
export interface ColumnSelection {
  readonly taps?: readonly string[] | undefined;
  readonly reductions?: readonly string[] | undefined;
}

/** A tap's kind in the plural, as `--taps` takes it: `merges`, `denses`, `others`. */
function plural(kind: string): string {
  return `${kind}s`;
}

function tapMatcher(asked: string, known: readonly CachedColumn[]): (column: CachedColumn) => boolean {
  if (asked === 'all') return () => true;
  const exact = known.some(({ tap }) => tap.name === asked);
  if (exact) return ({ tap }) => tap.name === asked;
  if (known.some(({ tap }) => plural(tap.kind) === asked)) return ({ tap }) => plural(tap.kind) === asked;
  const matches = picomatch(asked);
  if (known.some(({ tap }) => matches(tap.name))) return ({ tap }) => matches(tap.name);
  throw unknownName('tap in the cache', asked, [...new Set(known.map(({ tap }) => tap.name))]);
}

/**
 * The columns of a cache that taps (names, globs, kinds, `all`) and reductions name, in depth order. Pure.
 *
 * @throws UserError for a tap or reduction that the cache has no column of.
 */
export function selectColumns(
  cache: Pick<Cache, 'columns' | 'directory'>,
  selection: ColumnSelection,
): readonly CachedColumn[] {
  const { columns, directory } = cache;
  if (columns.length === 0)
    throw new UserError(`cache has no columns yet: ${directory} (run strata extract)`);
  const taps = selection.taps?.map((asked) => tapMatcher(asked, columns));
  const reductions = [...new Set(columns.map(({ reduction }) => reduction))];
  for (const asked of selection.reductions ?? []) {
    if (!reductions.includes(asked)) throw unknownName('reduction in the cache', asked, reductions);
  }
  const chosen = columns.filter(
    (column) =>
      (taps?.some((matches) => matches(column)) ?? true) &&
      (selection.reductions?.includes(column.reduction) ?? true),
  );
  if (chosen.length > 0) return chosen;
  throw new UserError(`no column of ${directory} has both a tap and a reduction that were asked for`);
}
