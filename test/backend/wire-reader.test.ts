import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireError, WireMessage } from '../../src/backend/wire-reader.js';

function varint(value: bigint): number[] {
  const rest = BigInt.asUintN(64, value);
  return rest < 0x80n ? [Number(rest)] : [Number(rest & 0x7fn) | 0x80, ...varint(rest >> 7n)];
}

/** Field 1 as a number. */
function message(...values: readonly bigint[]): WireMessage {
  return new WireMessage(Uint8Array.from(values.flatMap((value) => [8, ...varint(value)])));
}

describe('WireMessage', () => {
  test('reads every whole number of 53 bits and a sign, packed or not', () => {
    const whole = fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n });
    fc.assert(
      fc.property(fc.array(whole), (values) => {
        const expected = values.map(Number);
        expect(message(...values).numbers(1)).toEqual(expected);
        const packed = values.flatMap(varint);
        const bytes = Uint8Array.from([10, ...varint(BigInt(packed.length)), ...packed]);
        expect(new WireMessage(bytes).numbers(1)).toEqual(expected);
      }),
    );
  });

  test('gives the last of a single field, and what a field is by default', () => {
    expect(message(3n, 4n).number(1)).toBe(4);
    expect(message(3n).number(2)).toBe(0);
    expect(message(3n).text(2)).toBe('');
    expect(message(3n).has(1)).toBe(true);
    expect(message(3n).has(2)).toBe(false);
  });

  test('reads bytes as views, floats, maps of messages, and passes over fields of fixed length', () => {
    const float = [...new Uint8Array(Float32Array.of(1.5).buffer)];
    const bytes = Uint8Array.from([0x15, ...float, 0x1a, 5, 10, 1, 97, 18, 0, 0x21, ...float, ...float]);
    const read = new WireMessage(bytes);
    expect(read.float(2)).toBe(1.5);
    expect([...read.map(3).keys()]).toEqual(['a']);
    expect(read.bytes(3).buffer).toBe(bytes.buffer);
    expect(read.fixed(4)).toHaveLength(8);
  });

  test.each([
    ['ends inside a number', [8, 0x80]],
    ['ends inside a field', [10, 5, 1]],
    ['has a number of eleven bytes', [8, ...new Array<number>(11).fill(0x80)]],
    ['has a group', [11]],
    ['has a length below zero', [10, ...varint(-5n)]],
  ])('refuses what %s', (_, bytes) => {
    expect(() => new WireMessage(Uint8Array.from(bytes)).number(1)).toThrow(WireError);
  });

  test('refuses a number where bytes are asked for, and the other way round', () => {
    expect(() => message(1n).bytes(1)).toThrow(WireError);
    expect(() => new WireMessage(Uint8Array.of(10, 0)).number(1)).toThrow(WireError);
  });

  test('never ends in anything but a WireError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          new WireMessage(bytes).messages(1).map((inner) => inner.numbers(2));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});
