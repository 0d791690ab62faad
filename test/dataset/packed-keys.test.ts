import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PackedKeys } from '../../src/dataset/packed-keys.js';

describe('PackedKeys', () => {
  it('gives back every key as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (keys) => {
        const packed = new PackedKeys();
        for (const key of keys) packed.append(key);
        expect(packed.length).toBe(keys.length);
        expect(keys.map((_, index) => packed.key(index))).toEqual(keys);
      }),
    );
  });

  it('grows with what it is given', () => {
    const packed = new PackedKeys();
    for (let index = 0; index < 50_000; index++) packed.append(`train/n01440764/${index}.JPEG`);
    packed.append('x'.repeat(2_000_000));
    expect(packed.key(0)).toBe('train/n01440764/0.JPEG');
    expect(packed.key(49_999)).toBe('train/n01440764/49999.JPEG');
    expect(packed.key(50_000)).toHaveLength(2_000_000);
  });

  it('refuses an index that it does not have', () => {
    expect(() => new PackedKeys().key(0)).toThrow('no key 0 among 0');
  });
});
