import { closest, distance } from 'fastest-levenshtein';

/** A mistake in what the user asked for: one clear line on stderr, exit code 2, no stack trace. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** A file of a cache is missing, altered or cut: exit code 4. `file` is its path. */
export class DamagedCacheError extends Error {
  override readonly name = 'DamagedCacheError';
  constructor(
    readonly file: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`damaged cache file: ${file}: ${problem}`, options);
  }
}

/** The machine cannot do what was asked, and it is nobody's mistake (a full disk, a lost mount): exit code 1. */
export class ResourceError extends Error {
  override readonly name = 'ResourceError';
}

/** The user pressed Ctrl-C, and the work stopped cleanly: exit code 130. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/**
 * Makes the error for a name that is not among the known ones, with the nearest of them first.
 *
 * @example unknownName('tap', 'add_17', taps) // tap not found: add_17 (nearest: add_1, add_12, add_11; 14 known)
 */
export function unknownName(what: string, value: string, known: readonly string[]): UserError {
  if (known.length === 0) return new UserError(`${what} not found: ${value} (there are none)`);
  if (known.length <= 8) return new UserError(`${what} not found: ${value} (known: ${known.join(', ')})`);
  const nearest = [...known]
    .map((name) => ({ name, edits: distance(value, name) }))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ name }) => name);
  return new UserError(`${what} not found: ${value} (nearest: ${nearest.join(', ')}; ${known.length} known)`);
}

/** The nearest known name, for "did you mean": undefined when nothing is known. */
export function nearestName(value: string, known: readonly string[]): string | undefined {
  return known.length === 0 ? undefined : closest(value, known);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
