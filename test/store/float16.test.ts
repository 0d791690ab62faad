import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findFloat16Overflow, fromFloat16, toFloat16 } from '../../src/store/float16.js';

const ALL = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

/** The value of a half by its definition in IEEE 754. */
function meaning(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

describe('float16', () => {
  it('has the value of its definition, for each of the 65,536', () => {
    const values = fromFloat16(ALL);
    expect([...ALL].filter((bits) => !Object.is(values[bits], meaning(bits)))).toEqual([]);
  });

  it('comes back bit for bit, for each of the 65,536', () => {
    expect(toFloat16(fromFloat16(ALL))).toEqual(ALL);
  });

  it('rounds a tie between two halves to the even one, and its neighbours to the nearer', () => {
    // From zero through all subnormals and normals to the largest finite half.
    const wrong = [...ALL.subarray(0, 0x7bff)].filter((bits) => {
      const tie = (meaning(bits) + meaning(bits + 1)) / 2;
      const step = tie * 2 ** -23;
      const rounded = toFloat16(Float32Array.of(tie, tie - step, tie + step, -tie));
      const even = bits % 2 === 0 ? bits : bits + 1;
      return [even, bits, bits + 1, even | 0x8000].some((expected, index) => rounded[index] !== expected);
    });
    expect(wrong).toEqual([]);
  });

  it('rounds to infinity from 65520 on, which is what findFloat16Overflow finds', () => {
    const values = Float32Array.of(65504, 65519.99, 65520, 70000, 3e38);
    expect([...toFloat16(values)]).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00]);
    expect(findFloat16Overflow(values)).toBe(2);
    expect(findFloat16Overflow(Float32Array.of(1, -65520))).toBe(1);
    expect(findFloat16Overflow(Float32Array.of(65519.99, Number.POSITIVE_INFINITY, Number.NaN))).toBe(-1);
  });

  it('keeps NaN a NaN', () => {
    const words = Uint32Array.of(0x7fc00000, 0x7f800001, 0xff800001, 0x7fffffff);
    for (const half of toFloat16(new Float32Array(words.buffer))) expect(meaning(half)).toBeNaN();
  });

  it('is within half a step of every number', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const [found] = fromFloat16(toFloat16(Float32Array.of(value)));
        expect(Math.abs(found! - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
      }),
      { numRuns: 5000 },
    );
  });

  it('reads and writes views that do not start at a buffer’s start', () => {
    const values = Float32Array.of(9, 1, 2).subarray(1);
    const into = new Uint16Array(3);
    toFloat16(values, into.subarray(1));
    expect([...into]).toEqual([0, 0x3c00, 0x4000]);
  });
});
