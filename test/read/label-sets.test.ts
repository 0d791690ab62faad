import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCache } from '../../src/read/cache.js';
import { alignLabels } from '../../src/read/label-sets.js';
import { readSampleTable, type SampleTable } from '../../src/read/samples.js';
import { makeSmallCache, newFolder, smallSample } from '../store/small-cache.js';

let directory: string;
let samples: SampleTable;
beforeAll(async () => {
  directory = newFolder();
  await makeSmallCache({ directory, columns: [] });
  samples = await readSampleTable(await openCache(directory), 'train');
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('alignLabels', () => {
  it('gives a stored label set by feature row, quarantined samples left out', () => {
    const labels = alignLabels(samples, { kind: 'stored', name: 'hue / tint' });
    // Samples 0, 1, 3, 4, 5, 7, 8, 9.
    expect([...labels]).toEqual([-1, 1, -1, 1, 2, 1, 2, -1]);
  });

  it('gives a label table by feature row, -1 for samples and classes that it lacks', () => {
    const key = (index: number) => smallSample('train', index).key;
    const labels = new Map([
      [key(1), 'b'],
      [key(2), 'a'],
      [key(3), 'a'],
      [key(9), 'unlisted'],
      ['elsewhere', 'a'],
    ]);
    const aligned = alignLabels(samples, { kind: 'table', labels, classes: ['a', 'b'] });
    expect([...aligned]).toEqual([-1, 1, 0, -1, -1, -1, -1, -1]);
  });

  it('refuses an unknown label set', () => {
    expect(() => alignLabels(samples, { kind: 'stored', name: 'hue' })).toThrow(
      'label set not found: hue (known: hue / tint, label)',
    );
  });
});
