import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { SPLITS, type Split } from '../split.js';
import { type FileLabel, parseLabelFile } from './label-file.js';
import { listFolder } from './list-folder.js';
import { missing } from './walk-folder.js';

/** The folder of each split, relative to the data set's; `train` is '' where the classes lie at the top. */
export type FolderLayout = { readonly train: string } & Readonly<Partial<Record<Split, string>>>;

/** Label files by split, as given; {@link LEAVE_OUT} for a folder that is to be taken as not there. */
export type SplitLabels = Readonly<Partial<Record<Split, string>>>;

/** In place of a label file: do as if the split's folder were not there. */
export const LEAVE_OUT = 'none';

const FOLDER_NAMES: Readonly<Record<Split, readonly string[]>> = {
  train: ['train'],
  valid: ['val', 'valid', 'validation'],
  test: ['test'],
};

/**
 * Finds the split folders of a data set: `train` with optional `val`, `valid` or `validation` and `test`, or none of
 * them, where the folder holds the classes themselves.
 *
 * @throws UserError for two names of one split, and for other splits without `train`.
 */
export async function findLayout(folder: string, given: SplitLabels): Promise<FolderLayout> {
  const names = await listFolder(folder);
  const found: Partial<Record<Split, string>> = {};
  for (const split of SPLITS) {
    const matches = given[split] === LEAVE_OUT ? [] : await foldersAmong(folder, names, FOLDER_NAMES[split]);
    if (matches.length > 1)
      throw new UserError(`two ${split} folders in ${folder}: ${matches.join(', ')} (one wanted)`);
    if (matches[0] !== undefined) found[split] = matches[0];
  }
  const { train } = found;
  if (train !== undefined) return { ...found, train };
  const [other] = Object.values(found);
  if (other === undefined) return { train: '' };
  throw new UserError(
    `no train folder in ${folder}, though it has ${other} (train/<class>/... would be right)`,
  );
}

async function foldersAmong(
  folder: string,
  names: readonly string[],
  wanted: readonly string[],
): Promise<string[]> {
  const present: string[] = [];
  for (const name of wanted) {
    if (names.includes(name) && (await stat(join(folder, name))).isDirectory()) present.push(name);
  }
  return present;
}

/** The labels of a split whose images lie in no class folders, and the file they come from. */
export interface SplitLabelTable {
  readonly path: string;
  readonly labels: ReadonlyMap<string, FileLabel>;
}

/**
 * Reads the label file of a split: the one given, or the first of `val.txt`, `val_labels.txt`, `val/labels.txt` (or
 * `.csv`) and `LOC_val_solution.csv` that is there.
 */
export async function readSplitLabels(
  folder: string,
  { split, splitFolder, given }: { split: Split; splitFolder: string; given: string | undefined },
): Promise<SplitLabelTable | undefined> {
  const candidates = labelFileNames(split, splitFolder).map((name) => join(folder, name));
  for (const path of given === undefined ? candidates : [given]) {
    const text = await readFile(path, 'utf8').catch(missing);
    if (text !== undefined) return { path, labels: parseLabelFile(text, path) };
  }
  if (given !== undefined) throw new UserError(`label file of the ${split} split not found: ${given}`);
  return undefined;
}

/** The names under which a split's label file is looked for, relative to the data set's folder. */
export function labelFileNames(split: Split, splitFolder: string): string[] {
  const stems = new Set([splitFolder, ...FOLDER_NAMES[split]].filter((name) => name !== ''));
  const beside = [...stems].flatMap((name) => [
    `${name}.txt`,
    `${name}.csv`,
    `${name}_labels.txt`,
    `${name}_labels.csv`,
  ]);
  const inside = ['labels.txt', 'labels.csv'].map((name) => join(splitFolder, name));
  return [...beside, ...inside, ...[...stems].map((name) => `LOC_${name}_solution.csv`)];
}
