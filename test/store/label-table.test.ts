import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { labelClasses, readLabelTable } from '../../src/store/label-table.js';
import { writeTable } from '../../src/store/table.js';
import { newFolder } from './small-cache.js';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

function csv(text: string): string {
  const path = join(folder, 'labels.csv');
  writeFileSync(path, text);
  return path;
}

async function refusal(path: string): Promise<string> {
  const error = await readLabelTable(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  return (error as Error).message;
}

describe('a label table in CSV', () => {
  it('is read by the names of its columns', async () => {
    const path = csv('weight,label,key\n1,cat,a.png\n2,"dog, big","b ""x"".png"\n');
    expect(await readLabelTable(path)).toEqual(
      new Map([
        ['a.png', 'cat'],
        ['b "x".png', 'dog, big'],
      ]),
    );
  });

  it('is read by its first two columns where they have other names', async () => {
    expect(await readLabelTable(csv('\ufefffile,class,key\r\na,07,x\r\nb,-1,y\r\n'))).toEqual(
      new Map([
        ['a', '07'],
        ['b', '-1'],
      ]),
    );
  });

  it('leaves out samples without a label', async () => {
    expect(await readLabelTable(csv('key,label\na,\nb,1\n'))).toEqual(new Map([['b', '1']]));
  });

  it('may repeat a key with the same label, and not with another', async () => {
    expect((await readLabelTable(csv('key,label\na,1\na,1\n'))).size).toBe(1);
    expect(await refusal(csv('key,label\na,1\na,2\n'))).toMatch(
      /^label table has two labels for a: 1 and 2 \(/,
    );
  });

  it('is refused when it has one column, ragged rows or rows without a key', async () => {
    expect(await refusal(csv('key\na\n'))).toContain('label table has 1 columns');
    expect(await refusal(csv(''))).toContain('label table has 0 columns');
    expect(await refusal(csv('key,label\na\n'))).toContain('not a CSV table');
    expect(await refusal(csv('key,label\n,1\n'))).toContain('label table has a row without a key');
  });
});

describe('a label table in Parquet', () => {
  const path = () => join(folder, 'labels.parquet');

  it('has string or whole-number labels, nulls left out', async () => {
    const key = { name: 'key', type: 'utf8' } as const;
    await writeTable(
      path(),
      [key, { name: 'label', type: 'int64', optional: true }],
      [
        { key: 'a', label: -7 },
        { key: 'b', label: null },
      ],
    );
    expect(await readLabelTable(path())).toEqual(new Map([['a', '-7']]));
    rmSync(path());
    await writeTable(path(), [key, { name: 'label', type: 'utf8' }], [{ key: 'a', label: 'x' }]);
    expect(await readLabelTable(path())).toEqual(new Map([['a', 'x']]));
  });

  it('is refused when labels are no whole numbers, a column is missing, or it is no Parquet file', async () => {
    const columns = [
      { name: 'key', type: 'utf8' },
      { name: 'label', type: 'double' },
    ] as const;
    await writeTable(path(), columns, [{ key: 'a', label: 0.5 }]);
    expect(await refusal(path())).toContain('not a label: 0.5 of a (strings or whole numbers');
    rmSync(path());
    await writeTable(path(), [{ name: 'key', type: 'utf8' }], [{ key: 'a' }]);
    expect(await refusal(path())).toContain('label table has no column label');
    writeFileSync(path(), 'key,label\n');
    expect(await refusal(path())).toContain('not a Parquet table');
  });
});

describe('readLabelTable', () => {
  it('refuses missing files and other names', async () => {
    expect(await refusal(join(folder, 'none.csv'))).toContain('label table cannot be read');
    writeFileSync(join(folder, 'labels.json'), '{}');
    expect(await refusal(join(folder, 'labels.json'))).toContain('must end in .csv or .parquet');
  });
});

describe('labelClasses', () => {
  it('orders whole numbers as numbers, and anything else as text', () => {
    expect(labelClasses(['10', '9', '-1', '9'])).toEqual(['-1', '9', '10']);
    expect(labelClasses(['10', '9', 'x'])).toEqual(['10', '9', 'x']);
    expect(labelClasses(['10', '09'])).toEqual(['09', '10']);
  });

  it('holds each label once, whatever the order of the labels', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer().map(String))), (labels) => {
        const classes = labelClasses(labels);
        expect(new Set(classes)).toEqual(new Set(labels));
        expect(classes).toHaveLength(new Set(labels).size);
        expect(labelClasses(labels.toReversed())).toEqual(classes);
      }),
    );
  });
});
