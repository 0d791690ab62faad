import { describe, expect, test } from 'vitest';
import { opSpans } from '../../src/forward/run-metadata.js';

/** A protobuf field: a number, or a message or text. */
function field(number: number, value: number | Uint8Array): Uint8Array {
  const varint = (rest: number): number[] =>
    rest < 0x80 ? [rest] : [(rest % 0x80) | 0x80, ...varint(Math.floor(rest / 0x80))];
  if (typeof value === 'number') return Uint8Array.from([...varint(number * 8), ...varint(value)]);
  return Uint8Array.from([...varint(number * 8 + 2), ...varint(value.length), ...value]);
}

function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

function node(name: string, start: number, micros: number, thread: number): Uint8Array {
  // Field 99, eight bytes of fixed length.
  const fixed64 = Uint8Array.of(0x99, 6, 1, 2, 3, 4, 5, 6, 7, 8);
  return message(field(1, Buffer.from(name)), field(2, start), field(4, micros), fixed64, field(10, thread));
}

describe('opSpans', () => {
  test('reads name, time and thread of every op, counted from the first', () => {
    const device = message(
      field(1, Buffer.from('CPU:0')),
      field(2, node('n4__FusedConv2D', 1_700_000_000_000_250, 80, 300)),
      field(2, node('n3_Cast', 1_700_000_000_000_200, 40, 12)),
      field(2, node('_SINK', 1_700_000_000_000_000, 1, 12)),
    );
    const metadata = field(1, field(1, device));
    expect(opSpans(metadata)).toEqual([
      { name: 'n4__FusedConv2D', op: '_FusedConv2D', thread: 'thread 300', startMicros: 50, micros: 80 },
      { name: 'n3_Cast', op: 'Cast', thread: 'thread 12', startMicros: 0, micros: 40 },
    ]);
  });

  test('finds none in nothing', () => {
    expect(opSpans(new Uint8Array())).toEqual([]);
  });
});
