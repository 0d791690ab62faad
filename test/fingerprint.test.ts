import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, firstDifference, type Json, sha256Hex } from '../src/fingerprint.js';

const json = fc.jsonValue() as fc.Arbitrary<Json>;

function reversed(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(reversed);
  const entries = Object.entries(value as { [name: string]: Json }).reverse();
  return Object.fromEntries(entries.map(([name, field]) => [name, reversed(field)]));
}

describe('canonicalJson', () => {
  it('sorts keys and has no white space', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x y' }], a: true })).toBe(
      '{"a":true,"b":[1,{"c":"x y","d":null}]}',
    );
  });

  it('is the same whatever the order of keys', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('keeps every value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses numbers that JSON cannot hold', () => {
    expect(() => canonicalJson({ mean: [Number.NaN] })).toThrow('not a JSON number: NaN');
  });
});

describe('firstDifference', () => {
  it('finds nothing between equal values', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(firstDifference(value, reversed(value))).toBeUndefined();
      }),
    );
  });

  it('finds something exactly where the canonical texts differ', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(firstDifference(a, b) === undefined).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });

  it.each([
    [{ preprocess: { mean: [1, 2] } }, { preprocess: { mean: [1, 3] } }, 'preprocess.mean[1]', 2, 3],
    [{ a: 1 }, { a: 1, b: 2 }, 'b', undefined, 2],
    [{ a: [1] }, { a: [] }, 'a[0]', 1, undefined],
    [{ 'a b': { c: 1 } }, { 'a b': { c: 2 } }, '["a b"].c', 1, 2],
    [{ a: null }, { a: {} }, 'a', null, {}],
  ])('names the field: %j and %j', (a, b, path, left, right) => {
    expect(firstDifference(a as Json, b as Json)).toEqual({ path, left, right });
  });
});

describe('sha256Hex', () => {
  it('is the published digest of "abc"', () => {
    const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256Hex('abc')).toBe(digest);
    expect(sha256Hex(Buffer.from('abc'))).toBe(digest);
  });
});
