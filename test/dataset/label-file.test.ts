import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findLabel, parseLabelFile } from '../../src/dataset/label-file.js';

const words = fc.stringMatching(/^[A-Za-z0-9_]{1,12}$/);
const tables = fc.uniqueArray(fc.record({ name: words, value: words }), {
  selector: ({ name }) => name,
  minLength: 1,
});

describe('parseLabelFile', () => {
  it('reads back any table, with commas, spaces or tabs and either line end', () => {
    fc.assert(
      fc.property(
        tables,
        fc.constantFrom(',', ' ', '\t', ' , '),
        fc.constantFrom('\n', '\r\n'),
        (rows, mark, end) => {
          const text = rows.map(({ name, value }) => `${name}${mark}${value}`).join(end);
          const labels = parseLabelFile(text, 'val.txt');
          expect([...labels].map(([name, { whole }]) => ({ name, value: whole }))).toEqual(rows);
        },
      ),
    );
  });

  it('reads quoted names and classes with spaces', () => {
    const labels = parseLabelFile('"a, b.jpg","polar bear"\n./c.jpg,cat\n', 'val.csv');
    expect(labels.get('a, b.jpg')).toEqual({ whole: 'polar bear', first: 'polar' });
    expect(labels.has('c.jpg')).toBe(true);
  });

  it('refuses broken CSV as the user’s mistake', () => {
    expect(() => parseLabelFile('a,"b\nc,d\n', 'val.csv')).toThrow('cannot be read as CSV: val.csv');
  });
});

describe('findLabel', () => {
  it.each([
    ['sub/a.jpg', 'sub/a.jpg'],
    ['val/sub/a.jpg', 'sub/a.jpg'],
    ['a.jpg', 'sub/a.jpg'],
    ['a', 'sub/a.jpg'],
    ['val/a', 'a.jpg'],
  ])('finds %s for %s', (listed, name) => {
    const labels = parseLabelFile(`${listed} cat`, 'val.txt');
    expect(findLabel(labels, { folder: 'val', name })?.whole).toBe('cat');
  });

  it('finds nothing for another name', () => {
    expect(findLabel(parseLabelFile('a cat', 'val.txt'), { folder: 'val', name: 'b.jpg' })).toBeUndefined();
  });
});
