import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrapped } from '../../src/report/wrapped.js';

describe('wrapped', () => {
  it('cuts between words, as late as it can', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapped('one two three', 6)).toEqual(['one', 'two', 'three']);
    expect(wrapped('incomprehensible one', 4)).toEqual(['incomprehensible', 'one']);
  });

  it('keeps every letter, in lines that are short enough or a word', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (text, letters) => {
        const lines = wrapped(text, letters);
        expect(lines.join(' ')).toBe(text);
        for (const line of lines) expect(line.length <= letters || !line.includes(' ')).toBe(true);
      }),
    );
  });
});
