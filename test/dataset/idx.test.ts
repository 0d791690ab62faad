import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/dataset/open-dataset.js';
import { idxBytes } from './idx-bytes.js';
import { temporaryFolder } from './temporary-folder.js';

const IMAGES = idxBytes([3, 1, 2], [1, 2, 3, 4, 5, 6]);
const LABELS = idxBytes([3], [7, 2, 7]);
const FILES = { 'train-images-idx3-ubyte': IMAGES, 'train-labels-idx1-ubyte': LABELS };
const ALL = { carve: { valid: 0, test: 0 } } as const;

describe('idx data sets', () => {
  it('takes the label values present as classes, in order', async () => {
    const dataset = await openDataset(`idx:${temporaryFolder(FILES)}`, ALL);
    expect(dataset.labelSets).toHaveLength(1);
    expect(dataset.labelSets[0]).toMatchObject({ name: 'label', classes: ['2', '7'] });
    expect(dataset.labelSets[0]?.labels.train).toEqual(Int32Array.of(1, 0, 1));
    expect(dataset.splits.train.key(2)).toBe('train/00002');
    expect(dataset.imageShape).toEqual({ height: 1, width: 2, channels: 1 });
    expect(await dataset.read('train', 1)).toMatchObject({
      kind: 'pixels',
      data: Buffer.of(3, 4),
      width: 2,
      height: 1,
    });
  });

  it.each([
    ['gzipped', 'train-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz', gzipSync],
    ['with dots', 'train-images.idx3-ubyte', 't10k-labels.idx1-ubyte', (bytes: Buffer) => bytes],
    ['called test', 'train-images-idx3-ubyte', 'test-labels-idx1-ubyte', (bytes: Buffer) => bytes],
  ])('finds files %s', async (_, image, label, pack) => {
    const files = {
      [image]: pack(IMAGES),
      [image.replace('images', 'labels').replace('idx3', 'idx1')]: pack(LABELS),
      [label]: pack(LABELS),
      [label.replace('labels', 'images').replace('idx1', 'idx3')]: pack(IMAGES),
    };
    const dataset = await openDataset(`idx:${temporaryFolder(files)}`);
    expect(dataset.splits.test.length).toBe(3);
    expect(dataset.splits.test.key(0)).toBe('test/00000');
  });

  it('has one identity, plain or gzipped, and another when a pixel changes', async () => {
    const identify = async (images: Buffer, name: string) =>
      (
        await openDataset(
          `idx:${temporaryFolder({ 'train-labels-idx1-ubyte': LABELS, [name]: images })}`,
          ALL,
        )
      ).identity;
    const plain = await identify(IMAGES, 'train-images-idx3-ubyte');
    expect(await identify(gzipSync(IMAGES), 'train-images-idx3-ubyte.gz')).toEqual(plain);
    const other = idxBytes([3, 1, 2], [1, 2, 3, 4, 5, 7]);
    expect(await identify(other, 'train-images-idx3-ubyte')).not.toEqual(plain);
  });

  it('reads colour images of four dimensions', async () => {
    const files = {
      ...FILES,
      'train-images-idx3-ubyte': idxBytes([3, 1, 1, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    };
    const dataset = await openDataset(`idx:${temporaryFolder(files)}`, ALL);
    expect(await dataset.read('train', 2)).toMatchObject({ data: Buffer.of(7, 8, 9), channels: 3 });
  });

  it.each([
    ['an empty folder', {}, 'no idx files in'],
    ['images without labels', { 'train-images-idx3-ubyte': IMAGES }, 'without labels'],
    [
      'counts that differ',
      { ...FILES, 'train-labels-idx1-ubyte': idxBytes([2], [1, 2]) },
      '3 images but 2 labels',
    ],
    [
      'images in place of labels',
      { ...FILES, 'train-labels-idx1-ubyte': IMAGES },
      'has 3 dimensions (1 would be right)',
    ],
    ['labels in place of images', { ...FILES, 'train-images-idx3-ubyte': LABELS }, 'not images'],
    [
      'a test class that train lacks',
      { ...FILES, 't10k-images-idx3-ubyte': IMAGES, 't10k-labels-idx1-ubyte': idxBytes([3], [7, 2, 9]) },
      'class 9 of the test split is not in train',
    ],
    [
      'images of two shapes',
      {
        ...FILES,
        't10k-images-idx3-ubyte': idxBytes([3, 2, 1], [1, 2, 3, 4, 5, 6]),
        't10k-labels-idx1-ubyte': LABELS,
      },
      'images of two shapes',
    ],
    [
      'two test splits',
      { ...FILES, 't10k-images-idx3-ubyte': IMAGES, 'test-images-idx3-ubyte': IMAGES },
      'two test splits in one folder',
    ],
  ])('refuses %s', async (_, files, problem) => {
    await expect(openDataset(`idx:${temporaryFolder(files)}`)).rejects.toThrow(problem);
  });

  it.skipIf(!existsSync('../shared/data/mnist'))(
    'opens MNIST and carves its missing valid split',
    async () => {
      const { splits, labelSets } = await openDataset('idx:../shared/data/mnist');
      expect(splits.train.length + splits.valid.length).toBe(60_000);
      expect(splits.valid.length / 60_000).toBeCloseTo(0.1, 2);
      expect(splits.test.length).toBe(10_000);
      expect(labelSets[0]?.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
      expect([...(labelSets[0]?.labels.test.subarray(0, 5) ?? [])]).toEqual([7, 2, 1, 0, 4]);
    },
  );
});
