import { distance } from 'fastest-levenshtein';
import picomatch from 'picomatch';
import { nearestName, UserError, unknownName } from './errors.js';

/** What `--taps` goes by, in a model and in a cache. */
export interface NamedTap {
  readonly name: string;
  readonly kind: string;
}

/** The words for a kind: its plural (`merges`), the bare word (`dense`), and the American `normalizations`. */
function isKindWord(word: string, kind: string): boolean {
  return word === `${kind}s` || word === kind || word === `${kind.replace('isation', 'ization')}s`;
}

function matched<T extends NamedTap>(
  wanted: string,
  taps: readonly T[],
  kinds: readonly string[],
): readonly T[] {
  const named = taps.filter(({ name }) => name === wanted);
  if (named.length > 0) return named;
  if (wanted === 'all') return taps;
  const kind = kinds.find((one) => isKindWord(wanted, one));
  if (kind !== undefined) return ofKind(wanted, kind, taps);
  const names = [...new Set(taps.map(({ name }) => name))];
  if (!picomatch.scan(wanted).isGlob) throw notFound(wanted, names, kinds);
  const matches = picomatch(wanted);
  const globbed = taps.filter(({ name }) => matches(name));
  if (globbed.length > 0) return globbed;
  // What is meant for the layers of a SavedModel, whose ops stand below them.
  const below = `${wanted}/**`;
  const matchesBelow = picomatch(below);
  const right = names.some((name) => matchesBelow(name))
    ? `\`*\` stops at a slash; ${below} matches`
    : `such as ${names.slice(0, 3).join(', ')}; ${names.length} known`;
  throw new UserError(`no tap matches ${wanted} (${right})`);
}

/** A slip of one or two letters in the word for a kind is no tap's name. */
function notFound(wanted: string, names: readonly string[], kinds: readonly string[]): UserError {
  const nearest = nearestName(wanted, [...names, ...kinds.map((kind) => `${kind}s`)]);
  const isKind = nearest !== undefined && !names.includes(nearest) && distance(wanted, nearest) <= 2;
  return isKind
    ? new UserError(`tap not found: ${wanted} (did you mean ${nearest}?)`)
    : unknownName('tap', wanted, names);
}

function ofKind<T extends NamedTap>(word: string, kind: string, taps: readonly T[]): readonly T[] {
  const found = taps.filter((tap) => tap.kind === kind);
  if (found.length > 0) return found;
  const present = [...new Set(taps.map((tap) => tap.kind))];
  throw new UserError(`no ${word} to tap (the taps are of kind ${present.join(', ')})`);
}

/**
 * Finds the taps that a user asks for by name, glob (`block_*_add`; `*` stays inside one nested model, `**` does not),
 * kind (`merges`) or `all`. A name goes before a kind. In the order of `taps`, each once. Pure.
 *
 * @param kinds - every kind there is, whether `taps` has it or not.
 * @throws UserError for whatever finds nothing, with the nearest names.
 */
export function selectTaps<T extends NamedTap>(
  selection: readonly string[],
  taps: readonly T[],
  kinds: readonly string[],
): readonly T[] {
  if (selection.length === 0) {
    throw new UserError('no taps were asked for (names, globs, kinds such as merges, or all)');
  }
  const chosen = new Set(selection.flatMap((wanted) => matched(wanted, taps, kinds)));
  return taps.filter((tap) => chosen.has(tap));
}
