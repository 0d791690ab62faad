import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DamagedCacheError } from '../../src/errors.js';
import { sealJson, unsealJson } from '../../src/store/sealed-json.js';

const record = { file: 'samples/é.parquet', rows: 12, more: { list: [1, 2.5, null, 'a"b'] } };
const sealed = Buffer.from(sealJson(record));

describe('sealed JSON', () => {
  it('comes back as it was', () => {
    expect(unsealJson('f.json', sealed)).toEqual(record);
  });

  it('is the same text whatever the order of keys', () => {
    const { file, rows, more } = record;
    expect(sealJson({ more, rows, file })).toBe(sealed.toString());
  });

  it('notices every single flipped bit, naming the file', () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const damaged = Buffer.from(sealed);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => unsealJson('f.json', damaged), `bit ${bit}`).toThrow(DamagedCacheError);
    }
    expect(() => unsealJson('f.json', Buffer.from(' '))).toThrow('damaged cache file: f.json: not JSON');
  });

  it('notices a cut or a lengthened text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sealed.length - 1 }), (length) => {
        expect(() => unsealJson('f.json', sealed.subarray(0, length))).toThrow(DamagedCacheError);
      }),
    );
    expect(() => unsealJson('f.json', Buffer.concat([sealed, Buffer.from('\n')]))).toThrow(DamagedCacheError);
  });

  it('refuses JSON that is no record', () => {
    for (const text of ['null', '[]', '3', '{}']) {
      expect(() => unsealJson('f.json', Buffer.from(text))).toThrow(DamagedCacheError);
    }
  });
});
