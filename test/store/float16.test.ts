import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from '../../src/store/float16.js';

const ALL = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

/** The value of a half by its definition in IEEE 754. */
function meaning(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/** The nearest half's value by definition: a whole number of its last place, ties to even. */
function nearest(value: number): number {
  if (!Number.isFinite(value)) return value;
  const place = 2 ** Math.max(Math.floor(Math.log2(Math.abs(value) || 1)) - 10, -24);
  const count = Math.abs(value) / place;
  const below = Math.floor(count);
  const up = count - below > 0.5 || (count - below === 0.5 && below % 2 === 1);
  const rounded = (below + (up ? 1 : 0)) * place;
  const magnitude = rounded > 65504 ? Number.POSITIVE_INFINITY : rounded;
  return Object.is(Math.sign(value), -0) || value < 0 ? -magnitude : magnitude;
}

function halvesOf(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  toFloat16(values, halves);
  return halves;
}

const floatsOf = (words: readonly number[]) => new Float32Array(Uint32Array.from(words).buffer);

describe('float16', () => {
  it('has the value of its definition, for each of the 65,536', () => {
    const values = fromFloat16(ALL);
    expect([...ALL].filter((bits) => !Object.is(values[bits], meaning(bits)))).toEqual([]);
  });

  it('comes back bit for bit, for each of the 65,536', () => {
    expect(halvesOf(fromFloat16(ALL))).toEqual(ALL);
  });

  it('rounds a tie between two halves to the even one, and its neighbours to the nearer', () => {
    // From zero through all subnormals and normals to the largest finite half.
    const values = [...ALL.subarray(0, 0x7bff)].flatMap((bits) => {
      const tie = (meaning(bits) + meaning(bits + 1)) / 2;
      const step = tie * 2 ** -23;
      return [tie, tie - step, tie + step, -tie];
    });
    const rounded = halvesOf(Float32Array.from(values));
    const expected = [...ALL.subarray(0, 0x7bff)].flatMap((bits) => {
      const even = bits % 2 === 0 ? bits : bits + 1;
      return [even, bits, bits + 1, even | 0x8000];
    });
    expect([...rounded].findIndex((half, at) => half !== expected[at])).toBe(-1);
  });

  it('is the nearest by definition for floats of every exponent, sign and mantissa', () => {
    const words = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 500, maxLength: 500 });
    fc.assert(
      fc.property(words, (bits) => {
        const values = floatsOf(bits);
        const found = fromFloat16(halvesOf(values));
        for (const [at, value] of values.entries()) expect(found[at]).toBe(nearest(value));
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the sign of what rounds to zero', () => {
    expect([...halvesOf(Float32Array.of(0, -0, 1e-30, -1e-30, 2 ** -25, -(2 ** -25)))]).toEqual([
      0, 0x8000, 0, 0x8000, 0, 0x8000,
    ]);
  });

  it('rounds to infinity from 65520 on', () => {
    const values = Float32Array.of(65504, 65519.99, 65520, 70000, 3e38, -65520, Number.POSITIVE_INFINITY);
    expect([...halvesOf(values)]).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00, 0x7c00]);
  });

  it('keeps NaN a NaN, with its sign and the ten bits of its payload that fit', () => {
    const words = [0x7fc00000, 0x7f800001, 0xff801fff, 0x7fffffff, 0xff802000, 0x7faaa000];
    expect([...halvesOf(floatsOf(words))]).toEqual([0x7e00, 0x7e00, 0xfe00, 0x7fff, 0xfc01, 0x7d55]);
  });

  it('reads and writes views that do not start at a buffer’s start', () => {
    const into = new Uint16Array(4);
    toFloat16(Float32Array.of(9, 1, 2).subarray(1), into.subarray(1, 3));
    expect([...into]).toEqual([0, 0x3c00, 0x4000, 0]);
  });

  it('takes halves as they are', () => {
    const into = new Uint16Array(ALL.length);
    toFloat16(ALL, into);
    expect(into).toEqual(ALL);
  });
});

describe('the first infinite half', () => {
  it('is found wherever it is, of floats and of halves', () => {
    const lengths = fc.integer({ min: 1, max: 70_000 });
    fc.assert(
      fc.property(lengths, fc.nat(), fc.constantFrom(1, -1), (length, place, sign) => {
        const at = place % length;
        const floats = new Float32Array(length).fill(1);
        floats[at] = sign * 65520;
        floats[length - 1] = at === length - 1 ? floats[at]! : Number.POSITIVE_INFINITY;
        const halves = new Uint16Array(length);
        expect(toFloat16(floats, halves)).toBe(at);
        expect(toFloat16(halves.slice(), halves)).toBe(at);
      }),
      { numRuns: 60 },
    );
  });

  it('is none among finite numbers and NaN, whatever was converted before', () => {
    toFloat16(new Float32Array(40_000).fill(Number.POSITIVE_INFINITY), new Uint16Array(40_000));
    const finite = Float32Array.of(65519.99, Number.NaN, -65504);
    expect(toFloat16(finite, new Uint16Array(3))).toBe(-1);
    expect(toFloat16(Uint16Array.of(0x7bff, 0x7c01, 0xffff), new Uint16Array(3))).toBe(-1);
    expect(toFloat16(new Float32Array(0), new Uint16Array(0))).toBe(-1);
  });
});
