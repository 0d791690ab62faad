import { existsSync, mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/dataset/dataset.js';
import { MOST_FILE_BYTES } from '../../src/dataset/folder.js';
import { openDataset } from '../../src/dataset/open-dataset.js';
import type { DatasetOptions } from '../../src/dataset/selection-options.js';
import type { Split } from '../../src/split.js';
import { addFiles, temporaryFolder } from './temporary-folder.js';

const ALL: DatasetOptions = { carve: { valid: 0, test: 0 } };

function keysOf(dataset: Dataset, split: Split = 'train'): string[] {
  const { length, key } = dataset.splits[split];
  return Array.from({ length }, (_, index) => key(index));
}

function labelsOf(dataset: Dataset, split: Split = 'train'): string[] {
  const [main] = dataset.labelSets;
  return [...(main?.labels[split] ?? [])].map((label) => main?.classes[label] ?? '?');
}

async function open(files: Record<string, string>, options: DatasetOptions = ALL): Promise<Dataset> {
  return openDataset(`folder:${temporaryFolder(files)}`, options);
}

const TRAIN = { 'train/cat/1.jpg': 'a', 'train/dog/2.jpg': 'bb' };

describe('folder data sets', () => {
  it('lists train, val and test folders of class folders, nested or not', async () => {
    const dataset = await open({
      ...TRAIN,
      'train/cat/kittens/0.jpg': '',
      'val/dog/x.png': 'c',
      'test/cat/y': 'd',
    });
    expect(keysOf(dataset)).toEqual(['train/cat/1.jpg', 'train/cat/kittens/0.jpg', 'train/dog/2.jpg']);
    expect(labelsOf(dataset)).toEqual(['cat', 'cat', 'dog']);
    expect([keysOf(dataset, 'valid'), keysOf(dataset, 'test')]).toEqual([['val/dog/x.png'], ['test/cat/y']]);
    expect(labelsOf(dataset, 'valid')).toEqual(['dog']);
    expect(await dataset.read('train', 2)).toEqual({ kind: 'encoded', bytes: Buffer.from('bb') });
  });

  it.each(['val', 'valid', 'validation'])('takes %s for the valid split', async (name) => {
    const dataset = await open({ ...TRAIN, [`${name}/dog/x.png`]: 'c' });
    expect(keysOf(dataset, 'valid')).toEqual([`${name}/dog/x.png`]);
  });

  it('lists class folders at the top', async () => {
    const dataset = await open({ 'dog/2.jpg': '', 'cat/1.jpg': '', 'README.md': '', 'montage.png': '' });
    expect(keysOf(dataset)).toEqual(['cat/1.jpg', 'dog/2.jpg']);
    expect(dataset.labelSets[0]?.classes).toEqual(['cat', 'dog']);
  });

  it('leaves out hidden files and obvious non-images, and judges nothing else by its name', async () => {
    const dataset = await open({
      'a/.hidden.jpg': '',
      'a/.cache/1.jpg': '',
      'a/Thumbs.db': '',
      'a/notes.TXT': '',
      'a/boxes.csv': '',
      'a/photo.jpg.download': '',
      'a/PHOTO': '',
    });
    expect(keysOf(dataset)).toEqual(['a/PHOTO', 'a/photo.jpg.download']);
  });

  it('orders keys by their bytes', async () => {
    const names = [
      'a/b.jpg',
      'a-b/c.jpg',
      'a/b/c.jpg',
      'a/é.jpg',
      'a/😀.jpg',
      'a/\uffee.jpg',
      'a.b/1',
      'a/b-c',
    ];
    const dataset = await open(Object.fromEntries(names.map((name) => [name, ''])));
    const sorted = [...names].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect(keysOf(dataset)).toEqual(sorted);
  });

  it('follows links to files and folders, and none that lead back up', async () => {
    const folder = temporaryFolder({ 'store/1.jpg': 'one', 'store/sub/2.jpg': 'two', 'data/cat/0.jpg': '' });
    symlinkSync(join(folder, 'store'), join(folder, 'data/dog'));
    symlinkSync(join(folder, 'store/1.jpg'), join(folder, 'data/cat/link.jpg'));
    symlinkSync(join(folder, 'store'), join(folder, 'store/sub/again'));
    symlinkSync('..', join(folder, 'data/cat/up'));
    symlinkSync('/', join(folder, 'data/cat/everything'));
    const dataset = await openDataset(`folder:${join(folder, 'data')}`, ALL);
    expect(keysOf(dataset)).toEqual(['cat/0.jpg', 'cat/link.jpg', 'dog/1.jpg', 'dog/sub/2.jpg']);
    expect(await dataset.read('train', 1)).toEqual({ kind: 'encoded', bytes: Buffer.from('one') });
  });

  it('lists a link to nothing, which fails only when it is read', async () => {
    const folder = temporaryFolder({ 'cat/0.jpg': '' });
    symlinkSync('nowhere.jpg', join(folder, 'cat/gone.jpg'));
    const dataset = await openDataset(`folder:${folder}`, ALL);
    expect(keysOf(dataset)).toEqual(['cat/0.jpg', 'cat/gone.jpg']);
    await expect(dataset.read('train', 1)).rejects.toThrow('ENOENT');
  });

  it('refuses to read a file that is too large, before taking memory for it', async () => {
    const folder = temporaryFolder({ 'cat/0.jpg': '' });
    truncateSync(join(folder, 'cat/0.jpg'), MOST_FILE_BYTES + 1);
    const dataset = await openDataset(`folder:${folder}`, ALL);
    await expect(dataset.read('train', 0)).rejects.toThrow('image file too large');
  });

  it('changes its identity with a key, a size or a class, and with nothing else', async () => {
    const { identity } = await open(TRAIN);
    expect((await open({ ...TRAIN, 'train/dog/notes.txt': '' })).identity).toEqual(identity);
    expect((await open({ ...TRAIN, 'train/dog/2.jpg': 'b' })).identity).not.toEqual(identity);
    expect((await open({ ...TRAIN, 'train/dog/3.jpg': '' })).identity).not.toEqual(identity);
    expect((await open({ 'train/cat/1.jpg': 'a', 'train/hen/2.jpg': 'bb' })).identity).not.toEqual(identity);
  });

  it('carves only the splits that are missing', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`train/cat/${index}.jpg`, '']),
    );
    const dataset = await open({ ...many, 'val/cat/a.jpg': '', 'val/cat/b.jpg': '' }, {});
    expect(dataset.splits.valid.length).toBe(2);
    expect(dataset.splits.test.length).toBeGreaterThan(5);
    expect(keysOf(dataset, 'test').every((key) => key.startsWith('train/cat/'))).toBe(true);
    expect(dataset.splits.train.length + dataset.splits.test.length).toBe(200);
  });

  it.each([
    ['a folder that is not there', undefined, 'folder not found'],
    ['an empty folder', {}, 'no images in class folders'],
    ['a train folder without classes', { 'train/x.txt': '' }, 'no images in class folders'],
    ['images without classes', { '1.jpg': '', '2.jpg': '' }, '2 images outside class folders'],
    [
      'a valid class that train lacks',
      { ...TRAIN, 'val/hen/1.jpg': '' },
      '1 classes of valid are not in train: hen',
    ],
    ['an empty val folder', { ...TRAIN, 'val/notes.txt': '' }, 'remove the folder'],
    ['val without train', { 'val/hen/1.jpg': '' }, 'no train folder'],
    ['two valid folders', { ...TRAIN, 'val/cat/1.jpg': '', 'valid/cat/1.jpg': '' }, 'two valid folders'],
    ['a flat val folder without a label file', { ...TRAIN, 'val/1.jpg': '' }, 'no label file'],
  ])('refuses %s', async (_, files, problem) => {
    const folder = files === undefined ? '/nowhere/at/all' : temporaryFolder(files);
    await expect(openDataset(`folder:${folder}`, ALL)).rejects.toThrow(problem);
    await expect(openDataset(`folder:${folder}`, ALL)).rejects.toMatchObject({ name: 'UserError' });
  });

  it.skipIf(!existsSync('../shared/data/imagenette'))('opens ImageNet classes as they come', async () => {
    const dataset = await openDataset('folder:../shared/data/imagenette');
    expect(dataset.splits.train.length + dataset.splits.test.length).toBe(2000);
    expect(dataset.splits.valid.length).toBe(500);
    expect(dataset.labelSets[0]?.classes).toHaveLength(10);
  });
});

describe('flat split folders', () => {
  const FLAT = { ...TRAIN, 'val/ILSVRC2012_val_01.JPEG': '', 'val/ILSVRC2012_val_02.JPEG': '' };
  const LINES = 'ILSVRC2012_val_02.JPEG cat\nILSVRC2012_val_01.JPEG dog\n';
  const KAGGLE =
    'ImageId,PredictionString\nILSVRC2012_val_01,dog 1 2 3 4 dog 5 6 7 8 \nILSVRC2012_val_02,cat 85 1 499 272 \n';

  it.each([
    ['val.txt', LINES],
    ['val_labels.txt', LINES],
    ['val/labels.txt', LINES],
    ['val/labels.csv', 'name,class\nILSVRC2012_val_01,dog\nILSVRC2012_val_02,cat\n'],
    ['LOC_val_solution.csv', KAGGLE],
  ])('finds its classes in %s', async (name, text) => {
    expect(labelsOf(await open({ ...FLAT, [name]: text }), 'valid')).toEqual(['dog', 'cat']);
  });

  it('takes the label file given, wherever it lies', async () => {
    const folder = temporaryFolder({ ...FLAT, 'val.txt': 'wrong wrong\n' });
    const elsewhere = join(temporaryFolder({ 'mine.csv': KAGGLE }), 'mine.csv');
    const dataset = await openDataset(`folder:${folder}`, { ...ALL, splitLabels: { valid: elsewhere } });
    expect(labelsOf(dataset, 'valid')).toEqual(['dog', 'cat']);
  });

  it('leaves out a folder whose label file is `none`', async () => {
    const dataset = await open({ ...TRAIN, 'test/1.jpg': '' }, { ...ALL, splitLabels: { test: 'none' } });
    expect(dataset.splits.test.length).toBe(0);
  });

  it('takes the classes of a flat train folder from its label file', async () => {
    const dataset = await open({
      'train/1.jpg': '',
      'train/2.jpg': '',
      'train.csv': '1.jpg,polar bear\n2.jpg,cat\n',
    });
    expect(labelsOf(dataset)).toEqual(['polar bear', 'cat']);
    expect(dataset.labelSets[0]?.classes).toEqual(['cat', 'polar bear']);
  });

  it.each([
    ['files without a label', { 'val.txt': 'ILSVRC2012_val_01 dog\n' }, '1 images of valid have no label'],
    ['classes that train lacks', { 'val.txt': LINES.replace('dog', 'hen') }, '1 classes in'],
    [
      'a name with two classes',
      { 'val.txt': `${LINES}ILSVRC2012_val_01.JPEG cat` },
      'two classes: dog and cat',
    ],
    [
      'a line without a class',
      { 'val.txt': 'ILSVRC2012_val_01.JPEG\n' },
      'row 1: "ILSVRC2012_val_01.JPEG" without',
    ],
  ])('refuses %s', async (_, files, problem) => {
    await expect(open({ ...FLAT, ...files })).rejects.toThrow(problem);
  });

  it('refuses a label file that is not there, or is for a folder that is not', async () => {
    const folder = temporaryFolder(FLAT);
    const openWith = (splitLabels: DatasetOptions['splitLabels']) =>
      openDataset(`folder:${folder}`, splitLabels === undefined ? {} : { splitLabels });
    await expect(openWith({ valid: '/nowhere.txt' })).rejects.toThrow(
      'label file of the valid split not found',
    );
    await expect(openWith({ test: '/nowhere.txt' })).rejects.toThrow('no folder for it');
    await expect(openWith({ train: 'none' })).rejects.toThrow('cannot be left out');
    await expect(openDataset('glyphs', { splitLabels: { valid: 'x' } })).rejects.toThrow('folder:DIR');
  });

  it('does not take an empty folder for a class', async () => {
    const folder = temporaryFolder(TRAIN);
    mkdirSync(join(folder, 'train/empty'));
    addFiles(folder, { 'train/other/notes.txt': '' });
    expect((await openDataset(`folder:${folder}`, ALL)).labelSets[0]?.classes).toEqual(['cat', 'dog']);
  });
});
