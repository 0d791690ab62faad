import { basename, join, resolve } from 'node:path';
import { UserError } from '../errors.js';
import type { Json } from '../fingerprint.js';
import { SPLITS, type Split } from '../split.js';
import type { ImageShape } from './dataset.js';
import { type IdxFile, readIdxFile } from './idx-file.js';
import { listFolder } from './list-folder.js';
import { sampleKey } from './sample-key.js';
import type { SampleSource, SourceSplit } from './source.js';

/** The names that a split's files begin with: MNIST calls its test split `t10k`. */
const PREFIXES: Readonly<Record<Split, readonly string[]>> = {
  train: ['train'],
  valid: ['valid', 'val', 'validation'],
  test: ['t10k', 'test'],
};

/** The images and labels of one split. */
interface IdxSplit {
  readonly split: Split;
  readonly images: IdxFile;
  readonly shape: ImageShape;
  readonly digits: Buffer;
  readonly labelsSha256: string;
}

/**
 * Opens MNIST-style files: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, the same with `t10k` or `test`
 * and, where there is one, `valid`; each plain or with `.gz`. The classes are the label values of the train split.
 * The images are kept in memory; `read` returns views of them.
 *
 * @throws UserError where train files are missing, a file is broken, or files do not fit each other.
 */
export async function openIdx(folder: string): Promise<SampleSource> {
  const names = await listFolder(folder);
  const splits: Partial<Record<Split, IdxSplit>> = {};
  for (const split of SPLITS) {
    const found = await readSplit(folder, names, split);
    if (found !== undefined) splits[split] = found;
  }
  const { train } = splits;
  if (train === undefined) {
    throw new UserError(
      `no idx files in ${folder} (train-images-idx3-ubyte and train-labels-idx1-ubyte[.gz] wanted)`,
    );
  }
  for (const { images, shape } of Object.values(splits)) checkShape(images, shape, train.shape);
  return assemble(folder, { ...splits, train });
}

function checkShape(file: IdxFile, shape: ImageShape, wanted: ImageShape): void {
  if (describe(shape) === describe(wanted)) return;
  throw new UserError(
    `images of two shapes in one data set: ${file.path} has ${describe(shape)}, train has ${describe(wanted)}`,
  );
}

function describe({ height, width, channels }: ImageShape): string {
  return `${height}x${width}x${channels}`;
}

async function readSplit(
  folder: string,
  names: readonly string[],
  split: Split,
): Promise<IdxSplit | undefined> {
  const imageName = findFile(names, split, 'images');
  const labelName = findFile(names, split, 'labels');
  if (imageName === undefined && labelName === undefined) return undefined;
  if (imageName === undefined || labelName === undefined) {
    throw new UserError(
      `half of an idx data set in ${folder}: ${imageName ?? labelName} without ${imageName ? 'labels' : 'images'}`,
    );
  }
  const images = await readIdxFile(join(folder, imageName));
  const labels = await readIdxFile(join(folder, labelName));
  if (labels.shape.length !== 1) {
    throw new UserError(
      `not labels: ${labels.path} has ${labels.shape.length} dimensions (1 would be right)`,
    );
  }
  const shape = imageShape(images);
  if (labels.shape[0] !== images.shape[0]) {
    throw new UserError(
      `${images.shape[0]} images but ${labels.shape[0]} labels: ${images.path}, ${labels.path}`,
    );
  }
  return { split, images, shape, digits: labels.data, labelsSha256: labels.sha256 };
}

/** The file of a split by any of its spellings, a plain one before a gzipped one. */
function findFile(names: readonly string[], split: Split, part: 'images' | 'labels'): string | undefined {
  const pattern = new RegExp(`^(${PREFIXES[split].join('|')})-${part}[-.]idx\\d-ubyte(\\.gz)?$`);
  const found = names.filter((name) => pattern.test(name)).sort((a, b) => a.length - b.length);
  const prefixes = new Set(found.map((name) => name.split('-')[0]));
  if (prefixes.size > 1)
    throw new UserError(`two ${split} splits in one folder: ${found.join(', ')} (one wanted)`);
  return found[0];
}

function imageShape({ path, shape }: IdxFile): ImageShape {
  const [, height = 0, width = 0, channels = 1] = shape;
  const fits = (shape.length === 3 || shape.length === 4) && (channels === 1 || channels === 3);
  if (fits && height > 0 && width > 0) return { height, width, channels: channels === 3 ? 3 : 1 };
  throw new UserError(
    `not images: ${path} has shape ${shape.join('x')} (samples x height x width, or that x 3, would be right)`,
  );
}

type Loaded = { readonly train: IdxSplit } & Readonly<Partial<Record<Split, IdxSplit>>>;

function assemble(folder: string, splits: Loaded): SampleSource {
  const values = [...new Set(splits.train.digits)].sort((a, b) => a - b);
  if (values.length === 0)
    throw new UserError(`no samples in ${splits.train.images.path} (1 at least wanted)`);
  const { height, width, channels } = splits.train.shape;
  const bytes = height * width * channels;
  const listed = Object.values(splits).map((split) => [split.split, sourceSplit(split, values)] as const);
  return {
    kind: 'idx',
    name: basename(resolve(folder)),
    classes: values.map(String),
    splits: { train: sourceSplit(splits.train, values), ...Object.fromEntries(listed) },
    factors: [],
    imageShape: splits.train.shape,
    identity: { shape: [height, width, channels], files: fileHashes(splits) },
    sizes: async (_, indices) => new Float64Array(indices.length).fill(bytes),
    read: async (split, index) => {
      const data = splits[split]?.images.data.subarray(index * bytes, (index + 1) * bytes);
      if (data?.length !== bytes) throw new RangeError(`no sample ${index} in ${split}`);
      return { kind: 'pixels', data, width, height, channels };
    },
  };
}

function fileHashes(splits: Loaded): Record<string, Json> {
  return Object.fromEntries(
    Object.values(splits).map(({ split, images, labelsSha256 }) => [
      split,
      { images: images.sha256, labels: labelsSha256 },
    ]),
  );
}

function sourceSplit({ split, digits }: IdxSplit, values: readonly number[]): SourceSplit {
  const classOf = new Map(values.map((value, index) => [value, index]));
  const labels = Int32Array.from(digits, (value) => {
    const index = classOf.get(value);
    if (index === undefined) {
      throw new UserError(
        `class ${value} of the ${split} split is not in train (known: ${values.join(', ')})`,
      );
    }
    return index;
  });
  return { length: digits.length, key: (index) => sampleKey(split, index), labels };
}
