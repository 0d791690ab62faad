import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mapClasses, readClassMap } from '../../src/model/class-map.js';
import { temporaryFolder } from './save-model.js';

function file(text: string): string {
  const path = join(temporaryFolder(), 'classes.txt');
  writeFileSync(path, text);
  return path;
}

describe('readClassMap', () => {
  test('reads a name per line, whatever the line ends and blank lines at the end', async () => {
    expect(await readClassMap(file('tench\r\n goldfish \n\nshark\n\n'))).toEqual([
      'tench',
      'goldfish',
      '',
      'shark',
    ]);
  });

  test('refuses a missing and an empty file', async () => {
    await expect(readClassMap('/nowhere/classes.txt')).rejects.toThrow(
      'class map not found: /nowhere/classes.txt (expected text, numeric or a file with one class name per line)',
    );
    await expect(readClassMap(file(' \n'))).rejects.toThrow('class map is empty');
  });
});

describe('mapClasses', () => {
  const classNames = ['cat', 'dog', 'fish'];

  test('finds outputs by name', () => {
    expect(mapClasses({ classNames, outputs: 3, datasetClasses: ['fish', 'cat'] })).toEqual([2, 0]);
  });

  test('finds outputs by the first word of a line where no whole line is the name', () => {
    const lines = ['n01 great shark', 'n02 tiger', 'n01'];
    expect(
      mapClasses({ classNames: lines, outputs: 3, datasetClasses: ['n02', 'n01', 'n01 great shark'] }),
    ).toEqual([1, 2, 0]);
  });

  test('leaves output 0 to the background where the map has one line less', () => {
    expect(mapClasses({ classNames, outputs: 4, datasetClasses: ['fish', 'cat'] })).toEqual([3, 1]);
  });

  test('refuses a map of any other length', () => {
    expect(() => mapClasses({ classNames, outputs: 10, datasetClasses: [] })).toThrow(
      'class map has 3 lines for a classifier of 10 outputs (expected 10, or 9 where output 0 is a background class)',
    );
  });

  test('names the classes that are missing or ambiguous', () => {
    const datasetClasses = ['cat', 'a', 'b', 'c', 'd', 'e', 'f'];
    expect(() => mapClasses({ classNames, outputs: 3, datasetClasses })).toThrow(
      'classes are missing in the class map: a, b, c, d, e and 1 more',
    );
    expect(() =>
      mapClasses({ classNames: ['crane', 'crane'], outputs: 2, datasetClasses: ['crane'] }),
    ).toThrow('classes are named twice in the class map: crane');
  });

  test.skipIf(!existsSync('../shared/data/wnids1000.txt'))(
    'maps ImageNet synsets to the 1,001 outputs of MobileNetV2',
    async () => {
      const names = await readClassMap('../shared/data/wnids1000.txt');
      expect(
        mapClasses({ classNames: names, outputs: 1001, datasetClasses: ['n01440764', 'n03888257'] }),
      ).toEqual([1, 702]);
    },
  );
});
