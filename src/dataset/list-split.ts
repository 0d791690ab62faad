import { join } from 'node:path';
import pLimit, { type LimitFunction } from 'p-limit';
import { UserError } from '../errors.js';
import type { Split } from '../split.js';
import { labelFileNames, readSplitLabels, type SplitLabelTable } from './folder-layout.js';
import { findLabel } from './label-file.js';
import { PackedKeys } from './packed-keys.js';
import { type OpenFolder, openRoot, readLevel, walkFolder } from './walk-folder.js';

/** The images of one split as found: keys in byte order, and the class of each by index into `classes`. */
export interface ListedSplit {
  readonly keys: PackedKeys;
  /** As they were met: neither sorted nor matched with those of other splits. */
  readonly classes: readonly string[];
  readonly classOf: Uint32Array;
}

/** What to list. */
export interface SplitFolder {
  readonly split: Split;
  /** The data set's folder, and the split's own relative to it ('' for the same). */
  readonly folder: string;
  readonly splitFolder: string;
  /** The label file given for it. */
  readonly given: string | undefined;
  /** The classes that a label file may name; undefined for the train split, whose classes are what it names. */
  readonly known?: ReadonlySet<string>;
}

const OPEN_AT_ONCE = 16;
/** Class folders walked side by side: their names are held as strings until they are packed. */
const FOLDERS_AT_ONCE = 32;

/**
 * Lists a split: the images below its class folders, or, with a label file, all images below it. Files beside class
 * folders are no samples.
 *
 * @throws UserError where there are no class folders and no label file, and where the label file lacks an image.
 */
export async function listSplit(wanted: SplitFolder): Promise<ListedSplit> {
  const limit = pLimit(OPEN_AT_ONCE);
  const root = await openRoot(join(wanted.folder, wanted.splitFolder));
  if (wanted.given !== undefined) return listFlat(root, wanted, limit);
  const { folders } = await readLevel(root, limit);
  const listed = await listClassFolders(folders, wanted.splitFolder, limit);
  return listed.keys.length > 0 ? listed : listFlat(root, wanted, limit);
}

async function listClassFolders(
  folders: readonly OpenFolder[],
  splitFolder: string,
  limit: LimitFunction,
): Promise<ListedSplit> {
  const collected = new Collector();
  const prefix = splitFolder === '' ? '' : `${splitFolder}/`;
  for (let from = 0; from < folders.length; from += FOLDERS_AT_ONCE) {
    const some = folders.slice(from, from + FOLDERS_AT_ONCE);
    const names = await Promise.all(some.map((folder) => walkFolder(folder, limit)));
    some.forEach(({ name }, at) => {
      for (const file of names[at] ?? []) collected.add(`${prefix}${name}/${file}`, name);
    });
  }
  return collected.finish();
}

async function listFlat(root: OpenFolder, wanted: SplitFolder, limit: LimitFunction): Promise<ListedSplit> {
  const names = await walkFolder(root, limit);
  const table = names.length === 0 ? undefined : await readSplitLabels(wanted.folder, wanted);
  if (table === undefined) throw noClasses(wanted, names.length);
  const collected = new Collector();
  const problems = { unlabelled: [] as string[], unknown: new Set<string>() };
  for (const name of names) {
    const label = findLabel(table.labels, { folder: wanted.splitFolder, name });
    const className = label && [label.whole, label.first].find((one) => wanted.known?.has(one) ?? true);
    if (label === undefined) problems.unlabelled.push(name);
    else if (className === undefined) problems.unknown.add(label.whole);
    else collected.add(wanted.splitFolder === '' ? name : `${wanted.splitFolder}/${name}`, className);
  }
  checkLabels(wanted, table, problems);
  return collected.finish();
}

function checkLabels(
  { split }: SplitFolder,
  { path }: SplitLabelTable,
  { unlabelled, unknown }: { unlabelled: readonly string[]; unknown: ReadonlySet<string> },
): void {
  if (unlabelled.length > 0) {
    throw new UserError(
      `${unlabelled.length} images of ${split} have no label in ${path}: ${fewOf(unlabelled)}`,
    );
  }
  if (unknown.size > 0) {
    throw new UserError(`${unknown.size} classes in ${path} are not in train: ${fewOf([...unknown])}`);
  }
}

/** The first few of many names. */
export function fewOf(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ' ...' : '');
}

function noClasses({ split, folder, splitFolder }: SplitFolder, images: number): UserError {
  const path = join(folder, splitFolder);
  if (split === 'train' && images === 0) {
    return new UserError(
      `no images in class folders in ${path} (${join(path, '<class>', '...')} would be right)`,
    );
  }
  if (images === 0)
    return new UserError(`no images in ${path} (remove the folder, and ${split} is carved out of train)`);
  const names = fewOf(labelFileNames(split, splitFolder));
  const instead = split === 'train' ? '' : `, or \`none\` to leave the folder out`;
  return new UserError(
    `${path} has ${images} images outside class folders and no label file (looked for ${names}; name one for ${split}${instead})`,
  );
}

/** Gathers keys with their classes, compactly. */
class Collector {
  private readonly keys = new PackedKeys();
  private readonly indexOf = new Map<string, number>();
  private classOf = new Uint32Array(1024);

  add(key: string, className: string): void {
    const index = this.indexOf.get(className) ?? this.indexOf.size;
    if (index === this.indexOf.size) this.indexOf.set(className, index);
    if (this.keys.length === this.classOf.length) {
      const grown = new Uint32Array(Math.ceil(this.classOf.length * 1.5));
      grown.set(this.classOf);
      this.classOf = grown;
    }
    this.classOf[this.keys.length] = index;
    this.keys.append(key);
  }

  finish(): ListedSplit {
    return {
      keys: this.keys,
      classes: [...this.indexOf.keys()],
      classOf: this.classOf.slice(0, this.keys.length),
    };
  }
}
