import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/dataset/open-dataset.js';
import type { DatasetOptions } from '../../src/dataset/selection-options.js';
import { SPLITS } from '../../src/split.js';
import { temporaryFolder } from './temporary-folder.js';

describe('openDataset', () => {
  it.each(['', 'glyph', 'idx', 'idx:', 'folder:', 'imagenet:/data'])(
    'refuses %j, saying what is right',
    async (spec) => {
      await expect(openDataset(spec)).rejects.toThrow(
        'would be right: glyphs, glyphs:SEED, idx:DIR or folder:DIR',
      );
    },
  );

  it.each(['glyphs:', 'glyphs:-1', 'glyphs:one', 'glyphs:1.5'])('refuses the seed of %s', async (spec) => {
    await expect(openDataset(spec)).rejects.toThrow('not a whole number');
  });

  it.each<[string, DatasetOptions]>([
    ['limit is not', { limit: 0 }],
    ['limit is not', { limit: 1.5 }],
    ['split seed is not', { splitSeed: 0.5 }],
    ['part carved out for valid', { carve: { valid: -0.1 } }],
    ['part carved out for test', { carve: { test: Number.NaN } }],
    ['nothing to train on', { carve: { valid: 0.5, test: 0.5 } }],
    ['classes: 11 asked for (1 to 10', { classes: 11 }],
    ['classes: 0 asked for', { classes: 0 }],
    ['classes: none named', { classes: [] }],
    ['class not found: Z', { classes: ['A', 'Z'] }],
  ])('refuses options: %s', async (problem, options) => {
    await expect(openDataset('glyphs', options)).rejects.toThrow(problem);
  });

  it('names a glyphs data set by its seed', async () => {
    expect((await openDataset('glyphs')).name).toBe('glyphs');
    expect((await openDataset('glyphs:7')).name).toBe('glyphs-7');
  });

  it('keeps the samples of the classes named, renumbered, and the factors of the same samples', async () => {
    const all = await openDataset('glyphs');
    const some = await openDataset('glyphs', { classes: ['T', 'E'] });
    expect(some.labelSets[0]?.classes).toEqual(['E', 'T']);
    expect(some.splits.train.length).toBe(2400);
    const colours = all.labelSets.find(({ name }) => name === 'colour')?.labels.test;
    const kept = some.labelSets.find(({ name }) => name === 'colour')?.labels.test;
    for (let index = 0; index < some.splits.test.length; index++) {
      const old = Number(some.splits.test.key(index).slice('test/'.length));
      const className = all.labelSets[0]?.classes[all.labelSets[0].labels.test[old] ?? -1];
      expect(some.labelSets[0]?.classes[some.labelSets[0].labels.test[index] ?? -1]).toBe(className);
      expect(kept?.[index]).toBe(colours?.[old]);
    }
  });

  it('reads the sample that a key names, whatever was left out', async () => {
    const all = await openDataset('glyphs');
    const few = await openDataset('glyphs', { limit: 10, classes: 3 });
    for (const split of SPLITS) {
      expect(few.splits[split].length).toBe(10);
      const number = Number(few.splits[split].key(4).split('/')[1]);
      expect(await few.read(split, 4)).toEqual(await all.read(split, number));
    }
    await expect(few.read('train', 10)).rejects.toThrow('sample 10 is outside a split of 10');
    expect(() => few.splits.train.key(10)).toThrow('outside');
  });

  it('refuses a data set that nothing is left of to train on', async () => {
    const folder = temporaryFolder({ 'a/1': '', 'b/2': '' });
    await expect(openDataset(`folder:${folder}`, { carve: { valid: 0.999, test: 0 } })).rejects.toThrow(
      'no train samples are left',
    );
  });

  it('has the same identity for the same choices and another for any other', async () => {
    const options = fc.record(
      {
        limit: fc.integer({ min: 1, max: 3 }),
        classes: fc.integer({ min: 1, max: 2 }),
        splitSeed: fc.integer({ min: 1, max: 2 }),
        carve: fc.constantFrom({ valid: 0.2 }, { test: 0.2 }),
      },
      { requiredKeys: [] },
    );
    const folder = temporaryFolder(
      Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${'abc'[index % 3]}/${index}`, 'x'])),
    );
    const identify = async (chosen: DatasetOptions) =>
      (await openDataset(`folder:${folder}`, chosen)).identity;
    await fc.assert(
      fc.asyncProperty(options, options, async (a, b) => {
        const same = JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
        const [first, second] = [await identify(a), await identify(b)];
        if (same) expect(first).toEqual(second);
        else expect(first).not.toEqual(second);
      }),
      { numRuns: 40 },
    );
  });

  it('changes the identity of glyphs with their seed', async () => {
    const [first, second] = [await openDataset('glyphs'), await openDataset('glyphs:1')];
    expect(first.identity).not.toEqual(second.identity);
  });
});
