import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fullWords, probeLabelSets } from '../../src/cli/probe-labels.js';
import { randomLabels } from '../../src/probe/random-labels.js';
import type { Cache } from '../../src/read/cache.js';
import type { SampleTable } from '../../src/read/samples.js';
import { perSplit } from '../../src/split.js';

const cache = {
  manifest: { identity: { labelSets: { colour: { classes: ['red'] }, label: { classes: ['a', 'b'] } } } },
} as unknown as Cache;

const samples = perSplit(
  (split) =>
    ({
      keys: [`${split}/0`, `${split}/1`, `${split}/2`],
      ok: Uint8Array.of(1, 1, 0),
      labels: { colour: Int32Array.of(0, 0, 0), label: Int32Array.of(0, 1, 1) },
    }) as unknown as SampleTable,
);

describe('probeLabelSets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strata-labels-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const table = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const sets = (asked?: readonly string[]) => probeLabelSets(cache, samples, { asked, seed: 0 });

  it('takes all stored ones, the main one first, without rows for quarantined samples', async () => {
    const found = await sets();
    expect(found.map(({ name }) => name)).toEqual(['label', 'colour']);
    expect([...found[0]!.labels.train]).toEqual([0, 1]);
  });

  it('gives samples that a table lacks no label', async () => {
    const path = table('breed.csv', 'key,label\ntrain/1,x\nvalid/0,y\n');
    const [found] = await sets([`breed=${path}`]);
    expect(found).toMatchObject({ name: 'breed', classes: ['x', 'y'] });
    expect([...found!.labels.train]).toEqual([-1, 0]);
  });

  it('draws the control once for each seed, the first one as its own', async () => {
    const many = { ...samples, train: { ...samples.train, ok: Uint8Array.of(1, 1, 1) } };
    const of = async (seed: number, seeds: number) =>
      (await probeLabelSets(cache, many, { asked: ['random', 'colour'], seed, seeds }))[0]!;
    const three = await of(4, 3);
    expect(three.otherDraws).toHaveLength(2);
    expect(three.labels).toEqual((await of(4, 1)).labels);
    expect(three.otherDraws![1]).toEqual((await of(6, 1)).labels.train);
    expect((await of(4, 1)).otherDraws).toEqual([]);
    expect((await sets(['colour']))[0]!.otherDraws).toBeUndefined();
  });

  const one = async (word: string, asked = [word]) => (await sets(asked)).find(({ name }) => name === word)!;

  it('takes random for the control of the main label set, under its full name', async () => {
    const many = { ...samples, train: { ...samples.train, ok: Uint8Array.of(1, 1, 1) } };
    const found = await probeLabelSets(cache, many, {
      asked: ['colour', 'random', 'random(label)'],
      seed: 3,
    });
    expect(found.map(({ name, controlOf }) => [name, controlOf])).toEqual([
      ['colour', undefined],
      ['random(label)', 'label'],
    ]);
    const labels = perSplit((split) =>
      many[split].labels.label!.filter((_, row) => many[split].ok[row] === 1),
    );
    expect(found[1]!.labels).toEqual(randomLabels(labels, 3));
    expect(found[1]!.classes).toEqual(['a', 'b']);
  });

  it('permutes any label set that is stored or named beside it, among the samples with a label', async () => {
    expect(await one('random(colour)')).toMatchObject({ controlOf: 'colour', classes: ['red'] });
    const path = table('kind.csv', 'key,label\ntrain/1,x\nvalid/0,y\n');
    const control = await one('random(kind (a))', ['random(kind (a))', `kind (a)=${path}`]);
    expect(control).toMatchObject({ controlOf: 'kind (a)', classes: ['x', 'y'] });
    expect([...control.labels.train]).toEqual([-1, 0]);
  });

  it('refuses the control of a label set that is not there, naming those that are', async () => {
    await expect(sets(['random(colr)'])).rejects.toThrow('label set not found: colr (known: label, colour)');
    await expect(sets(['random()'])).rejects.toThrow('label set not found: ');
    await expect(sets(['random(random)'])).rejects.toThrow('label set not found: random (known');
  });

  it('takes a stored label set of an earlier version for what it is, and refuses what would have its name', async () => {
    const labelSets = { label: { classes: ['a', 'b'] }, 'random(label)': { classes: ['a', 'b'] } };
    const old = { manifest: { identity: { labelSets } } } as unknown as Cache;
    const labels = Int32Array.of(0, 1, 0);
    const rows = perSplit(
      (split) => ({ ...samples[split], labels: { label: labels, 'random(label)': labels } }) as SampleTable,
    );
    const of = (asked: readonly string[]) => probeLabelSets(old, rows, { asked, seed: 0 });
    expect((await of(['random(label)']))[0]!.controlOf).toBeUndefined();
    await expect(of(['random'])).rejects.toThrow('label set random(label) is there already: random');
    const path = table('mine.csv', 'key,label\ntrain/1,x\n');
    await expect(of([`random(hue)=${path}`])).rejects.toThrow(
      `label set random(hue) is there already: random(hue)=${path} (random and random(NAME) are controls: give it another name)`,
    );
  });

  it('writes random in full in what a run records', () => {
    expect(fullWords(cache, ['label', 'random', 'random(label)', 'b=b.csv'])).toEqual([
      ...['label', 'random(label)', 'b=b.csv'],
    ]);
  });

  it('refuses a name that is taken: rows and files of two label sets would be one', async () => {
    const path = table('again.csv', 'key,label\ntrain/1,x\n');
    await expect(sets([`label=${path}`])).rejects.toThrow(
      `label set label is there already: label=${path} (give it another name)`,
    );
    await expect(sets(['random', `random=${path}`])).rejects.toThrow('label set random is there already');
    await expect(sets([`a=${path}`, `a=${join(folder, 'breed.csv')}`])).rejects.toThrow('label set a is');
  });

  it('refuses a table whose keys are not those of the samples, and no label set at all', async () => {
    const path = table('names.csv', 'key,label\n0.png,x\n');
    await expect(sets([`a=${path}`])).rejects.toThrow(
      `label table has no key of a sample: a=${path} (its keys are like 0.png, the samples' like train/0)`,
    );
    await expect(sets([])).rejects.toThrow('no label set to probe (known: label, colour, random)');
    await expect(sets(['labels'])).rejects.toThrow('label set not found: labels');
  });
});
