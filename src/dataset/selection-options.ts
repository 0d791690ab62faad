import { UserError, unknownName } from '../errors.js';
import type { Split } from '../split.js';
import type { Carve, Selection } from './select-samples.js';

/** Which samples of a data set are wanted, and how missing splits are made. */
export interface DatasetOptions {
  /** At most that many samples per split, chosen by a seeded hash of their keys. */
  readonly limit?: number;
  /** The first N classes, or the classes named; the samples of others are left out. */
  readonly classes?: number | readonly string[];
  /** Seeds the choice of carved-out splits and of `limit`: 0 unless given. */
  readonly splitSeed?: number;
  /** The part of `train` that becomes a split which the source lacks: 0.1 each unless given. */
  readonly carve?: { readonly valid?: number; readonly test?: number };
  /** Label files for split folders whose images are not in class folders; `none` leaves that folder out. */
  readonly splitLabels?: Partial<Record<Split, string>>;
}

const DEFAULT_CARVE: Carve = { valid: 0.1, test: 0.1 };

/** Checks the options that select samples. Throws a UserError naming the option that is wrong. */
export function parseSelection(options: DatasetOptions): Selection {
  const { limit, splitSeed = 0 } = options;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw new UserError(`limit is not a whole number above 0: ${limit}`);
  }
  if (!Number.isSafeInteger(splitSeed)) throw new UserError(`split seed is not a whole number: ${splitSeed}`);
  const carve = { ...DEFAULT_CARVE, ...options.carve };
  checkCarve(carve);
  return { splitSeed, carve, ...(limit === undefined ? {} : { limit }) };
}

function checkCarve(carve: Carve): void {
  for (const [split, part] of Object.entries(carve)) {
    if (!(part >= 0 && part < 1)) {
      throw new UserError(`part carved out for ${split} is not in [0, 1): ${part}`);
    }
  }
  if (carve.valid + carve.test < 1) return;
  throw new UserError(
    `parts carved out leave nothing to train on: valid ${carve.valid} + test ${carve.test} (below 1 would be right)`,
  );
}

/**
 * The indices of the classes asked for, increasing, whatever the order they were named in; undefined for all.
 *
 * @throws UserError for a name that is not a class, and for a number outside 1 ... number of classes.
 */
export function chooseClasses(
  known: readonly string[],
  wanted: number | readonly string[] | undefined,
): number[] | undefined {
  if (wanted === undefined) return undefined;
  if (typeof wanted === 'number') return firstClasses(known, wanted);
  if (wanted.length === 0)
    throw new UserError('classes: none named (name at least one, or leave the option out)');
  const indexOf = new Map(known.map((name, index) => [name, index]));
  const chosen = new Set<number>();
  for (const name of wanted) {
    const index = indexOf.get(name);
    if (index === undefined) throw unknownName('class', name, known);
    chosen.add(index);
  }
  return [...chosen].sort((a, b) => a - b);
}

function firstClasses(known: readonly string[], count: number): number[] {
  if (!Number.isSafeInteger(count) || count < 1 || count > known.length) {
    throw new UserError(`classes: ${count} asked for (1 to ${known.length} would be right)`);
  }
  return Array.from({ length: count }, (_, index) => index);
}
