import { readFile, stat } from 'node:fs/promises';
import { CLASS_ORDERS } from '../class-order.js';
import { messageOf, UserError } from '../errors.js';

/** No class map is longer than this: 64 MiB. */
const MAX_BYTES = 2 ** 26;

/**
 * Reads the names of a classifier's outputs: line k, from 0, names output k (`tench`, or `n01440764 tench`).
 *
 * @throws UserError where the file cannot be read or is empty.
 */
export async function readClassMap(path: string): Promise<string[]> {
  let text: string;
  try {
    if ((await stat(path)).size > MAX_BYTES)
      throw new UserError(`class map is too long: ${path} (at most ${MAX_BYTES} bytes)`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new UserError(
        `class map not found: ${path} (expected ${CLASS_ORDERS.join(', ')} or a file with one class name per line)`,
        { cause: error },
      );
    throw new UserError(`class map cannot be read: ${path} (${messageOf(error)})`, { cause: error });
  }
  const names = text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
  if (names.length === 1 && names[0] === '')
    throw new UserError(`class map is empty: ${path} (one class name per line)`);
  return names;
}

/** What {@link mapClasses} matches. */
export interface ClassMapping {
  /** The lines of the class map. */
  readonly classNames: readonly string[];
  /** How many outputs the classifier has. */
  readonly outputs: number;
  /** The classes of the data set's labels. */
  readonly datasetClasses: readonly string[];
}

/** What the first line says where it stands for no class. */
const BACKGROUND = /^(background|__background__)$/i;

/**
 * A name for each output: `background` is put before the lines of a class map, or left out, where there is one line too few
 * or too many.
 *
 * @throws UserError where the lines do not fit the outputs.
 */
export function outputNames(lines: readonly string[], outputs: number): readonly string[] {
  if (lines.length === outputs) return lines;
  if (lines.length === outputs - 1)
    return [lines.includes('background') ? 'no class' : 'background', ...lines];
  if (lines.length === outputs + 1 && BACKGROUND.test(lines[0] ?? '')) return lines.slice(1);
  throw new UserError(
    `class map has ${lines.length} lines for a classifier of ${outputs} outputs (expected ${outputs}, or ${outputs - 1} where output 0 is a background class)`,
  );
}

function some(names: readonly string[]): string {
  return names.length <= 5
    ? names.join(', ')
    : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}

/** The lines that name a class: those that are its name, or else those that begin with it as a word (`n01440764 tench`). */
function linesOf(name: string, lines: ClassLines): readonly number[] {
  return lines.whole.get(name) ?? lines.firstWord.get(name) ?? [];
}

interface ClassLines {
  readonly whole: ReadonlyMap<string, number[]>;
  readonly firstWord: ReadonlyMap<string, number[]>;
}

function linesBy(names: readonly string[]): Map<string, number[]> {
  const lines = new Map<string, number[]>();
  for (const [line, name] of names.entries()) lines.set(name, [...(lines.get(name) ?? []), line]);
  return lines;
}

/**
 * Finds the classifier's output of every class of the data set: by its whole line, or else by the line's first word. A map
 * with one line less than there are outputs leaves output 0 to a background class, as MobileNet's 1,001 outputs do; one
 * with a line more, whose first is `background`, is for the other outputs.
 *
 * @throws UserError naming the classes that are missing or named twice in the map.
 */
export function mapClasses({ classNames, outputs, datasetClasses }: ClassMapping): readonly number[] {
  const names = outputNames(classNames, outputs);
  const lines = {
    whole: linesBy(names),
    firstWord: linesBy(names.map((name) => name.split(/\s/, 1)[0] ?? '')),
  };
  const mapped = datasetClasses.map((name) => linesOf(name, lines));
  const missing = datasetClasses.filter((_, at) => mapped[at]!.length === 0);
  if (missing.length > 0) throw new UserError(`classes are missing in the class map: ${some(missing)}`);
  const twice = datasetClasses.filter((_, at) => mapped[at]!.length > 1);
  if (twice.length > 0) throw new UserError(`classes are named twice in the class map: ${some(twice)}`);
  return mapped.map(([line]) => line!);
}
