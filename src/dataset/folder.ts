import { close, fstat, open, read } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { UserError } from '../errors.js';
import { SPLITS, type Split } from '../split.js';
import { sortByBytes } from './byte-order.js';
import type { EncodedImage } from './dataset.js';
import { findLayout, LEAVE_OUT, type SplitLabels } from './folder-layout.js';
import { fewOf, type ListedSplit, listSplit } from './list-split.js';
import type { SampleSource, SourceSplit } from './source.js';
import { missing } from './walk-folder.js';

/** The most bytes an image file may have: a larger one is refused before memory is taken for it. */
export const MOST_FILE_BYTES = 1 << 28;

/** The size recorded for a file that cannot be found, a link to nothing. */
const MISSING_SIZE = -1;

const STATS_AT_ONCE = 32;
const STATS_PER_ROUND = 4096;

// Reading a small file through a FileHandle costs twice the processor time.
const openFile = promisify(open);
const statFile = promisify(fstat);
const readInto = promisify(read);
const closeFile = promisify(close);

/**
 * Opens a folder of images: `train/<class>/...` with optional `val|valid|validation` and `test` in class folders or
 * flat with a label file, or the classes at the top. The classes are the sorted names of the train split's folders.
 *
 * @param given - Label files for flat split folders; `none` takes a split's folder as not there.
 * @throws UserError where there are no images or classes, and for a class of valid or test that train lacks.
 */
export async function openFolder(folder: string, given: SplitLabels): Promise<SampleSource> {
  if (given.train === LEAVE_OUT)
    throw new UserError(`the train split cannot be left out (a label file would be right)`);
  const layout = await findLayout(folder, given);
  checkGiven(folder, layout, given);
  const train = await listSplit({ split: 'train', folder, splitFolder: layout.train, given: given.train });
  const classes = sortByBytes([...train.classes]);
  const splits: { train: SourceSplit } & Partial<Record<Split, SourceSplit>> = {
    train: sourceSplit('train', train, classes),
  };
  for (const split of SPLITS) {
    const splitFolder = layout[split];
    if (split === 'train' || splitFolder === undefined) continue;
    const known = new Set(classes);
    const listed = await listSplit({ split, folder, splitFolder, given: given[split], known });
    splits[split] = sourceSplit(split, listed, classes);
  }
  return {
    kind: 'folder',
    name: basename(resolve(folder)),
    classes,
    splits,
    factors: [],
    identity: {},
    sizes: (split, indices) => measure(folder, splits[split], indices),
    read: (split, index) => readImage(join(folder, splits[split]?.key(index) ?? '')),
  };
}

function checkGiven(folder: string, layout: SplitLabels, given: SplitLabels): void {
  for (const split of SPLITS) {
    const path = given[split];
    if (path === undefined || path === LEAVE_OUT || layout[split] !== undefined) continue;
    throw new UserError(`label file for the ${split} split, but no folder for it in ${folder}: ${path}`);
  }
}

function sourceSplit(
  split: Split,
  { keys, classes, classOf }: ListedSplit,
  known: readonly string[],
): SourceSplit {
  const indexOf = new Map(known.map((name, index) => [name, index]));
  const strange = classes.filter((name) => !indexOf.has(name));
  if (strange.length > 0) {
    throw new UserError(`${strange.length} classes of ${split} are not in train: ${fewOf(strange)}`);
  }
  const numbers = classes.map((name) => indexOf.get(name) ?? -1);
  return {
    length: keys.length,
    key: (index) => keys.key(index),
    labels: Int32Array.from(classOf, (index) => numbers[index] ?? -1),
  };
}

/** The size of each file in bytes, some at a time. */
async function measure(
  folder: string,
  split: SourceSplit | undefined,
  indices: Uint32Array,
): Promise<Float64Array> {
  const limit = pLimit(STATS_AT_ONCE);
  const sizes = new Float64Array(indices.length);
  for (let from = 0; from < indices.length; from += STATS_PER_ROUND) {
    const round = Array.from(indices.subarray(from, from + STATS_PER_ROUND), (index, at) =>
      limit(async () => {
        const file = await stat(join(folder, split?.key(index) ?? '')).catch(missing);
        sizes[from + at] = file?.size ?? MISSING_SIZE;
      }),
    );
    await Promise.all(round);
  }
  return sizes;
}

async function readBytes(file: number, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await readInto(file, bytes, filled, size - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function readImage(path: string): Promise<EncodedImage> {
  const file = await openFile(path, 'r');
  try {
    const { size } = await statFile(file);
    if (size > MOST_FILE_BYTES) {
      const message = `image file too large: ${path}: ${size} bytes (at most ${MOST_FILE_BYTES})`;
      throw Object.assign(new Error(message), { code: 'ERR_FS_FILE_TOO_LARGE' });
    }
    return { kind: 'encoded', bytes: await readBytes(file, size) };
  } finally {
    await closeFile(file);
  }
}
