import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { messageOf, UserError } from '../../src/errors.js';

/** Where the experiments look for MNIST, the first that has it. */
export const MNIST_FOLDERS = ['data/mnist', '../shared/data/mnist'] as const;

/** Where `make fetch-mnist` puts it: the first of {@link MNIST_FOLDERS}. */
export const MNIST_FOLDER = MNIST_FOLDERS[0];

/** Public copies of the published files, tried in turn. */
export const MNIST_HOMES = [
  'https://storage.googleapis.com/cvdf-datasets/mnist',
  'https://ossci-datasets.s3.amazonaws.com/mnist',
] as const;

/** One of MNIST's four files. */
export interface MnistFile {
  readonly name: string;
  /** sha256 of what is in it, unpacked: the same whoever compressed it, and however well. */
  readonly sha256: string;
  /** Bytes, unpacked. */
  readonly bytes: number;
}

/** The four files: 60,000 training and 10,000 test images of 28 x 28 pixels, and their labels. */
export const MNIST_FILES: readonly MnistFile[] = [
  {
    name: 'train-images-idx3-ubyte.gz',
    sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    bytes: 47_040_016,
  },
  {
    name: 'train-labels-idx1-ubyte.gz',
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    bytes: 60_008,
  },
  {
    name: 't10k-images-idx3-ubyte.gz',
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    bytes: 7_840_016,
  },
  {
    name: 't10k-labels-idx1-ubyte.gz',
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    bytes: 10_008,
  },
];

/**
 * The folder that has MNIST's training images, gzipped or not.
 *
 * @throws UserError where none of them has, with the way out.
 */
export function findMnist(folders: readonly string[] = MNIST_FOLDERS): string {
  const found = folders.find((folder) =>
    ['train-images-idx3-ubyte.gz', 'train-images-idx3-ubyte'].some((name) => existsSync(join(folder, name))),
  );
  if (found !== undefined) return found;
  throw new UserError(
    `MNIST not found: looked in ${folders.join(', ')} (make fetch-mnist puts it into ${MNIST_FOLDER})`,
  );
}

/**
 * Checks that gzipped bytes are one of MNIST's files.
 *
 * @throws UserError naming what they are from and what is wrong with them.
 */
export function checkMnistFile({ sha256, bytes }: MnistFile, from: string, packed: Uint8Array): void {
  let content: Buffer;
  try {
    // A file that unpacks to more is another one: no memory is taken for it.
    content = gunzipSync(packed, { maxOutputLength: bytes });
  } catch (error) {
    throw new UserError(`not the file of MNIST: ${from} (${messageOf(error)})`, { cause: error });
  }
  const found = createHash('sha256').update(content).digest('hex');
  if (found === sha256) return;
  throw new UserError(
    `not the file of MNIST: ${from} (sha256 of its content is ${found}, ${sha256} would be right)`,
  );
}
