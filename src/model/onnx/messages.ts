import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

// The fields of ONNX's protobuf messages that strata reads or writes, by number. All else is carried along as bytes.
export const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8, functions: 25 } as const;
export const OPSET = { domain: 1, version: 2 } as const;
export const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12, sparse: 15 } as const;
export const NODE = { input: 1, output: 2, name: 3, op: 4, attribute: 5, domain: 7, metadata: 9 } as const;
export const ATTRIBUTE = {
  name: 1,
  f: 2,
  i: 3,
  s: 4,
  t: 5,
  graph: 6,
  ints: 8,
  graphs: 11,
  type: 20,
} as const;
export const TENSOR = { dims: 1, dtype: 2, name: 8, raw: 9, external: 13, location: 14 } as const;
export const VALUE = { name: 1, type: 2 } as const;
export const TYPE = { tensor: 1, elem: 1, shape: 2, dim: 1, length: 1 } as const;
export const PAIR = { key: 1, value: 2 } as const;

/** The number types of ONNX tensors that strata names. */
export const ElementType = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  float16: 10,
  float64: 11,
  bfloat16: 16,
} as const;

/** One field of a message: a number, or the bytes of a text, a message or an array. */
export interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/** The fields of a message in their order; bytes are views. @throws where the message is cut short or is none. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.Varint) yield { number, value: BigInt(reader.uint64()) };
    else if (type === WireType.LengthDelimited) yield { number, value: reader.bytes() };
    else yield { number, value: reader.skip(type, number) };
  }
}

/** The bytes of every field of that number. */
export function bytesIn(message: Uint8Array, number: number): Uint8Array[] {
  return [...fieldsOf(message)].flatMap((field) =>
    field.number === number && typeof field.value !== 'bigint' ? [field.value] : [],
  );
}

const decoder = new TextDecoder();

/** The texts of every field of that number. */
export function textsIn(message: Uint8Array, number: number): string[] {
  return bytesIn(message, number).map((bytes) => decoder.decode(bytes));
}

/** The whole numbers of every field of that number, packed or not. */
export function numbersIn(message: Uint8Array, number: number): number[] {
  return [...fieldsOf(message)].flatMap(({ number: found, value }) => {
    if (found !== number) return [];
    if (typeof value === 'bigint') return [Number(BigInt.asIntN(64, value))];
    const reader = new BinaryReader(value);
    const packed: number[] = [];
    while (reader.pos < reader.len) packed.push(Number(reader.int64()));
    return packed;
  });
}

/** Pairs of texts, such as metadata, by key. */
export function pairsIn(message: Uint8Array, number: number): ReadonlyMap<string, string> {
  const pairs = bytesIn(message, number).map(
    (pair) => [textsIn(pair, PAIR.key)[0] ?? '', textsIn(pair, PAIR.value)[0] ?? ''] as const,
  );
  return new Map(pairs);
}

/** What a field is written from: a message or a text, a whole number, or several of one number. */
export type FieldValue = Uint8Array | string | number | readonly (Uint8Array | string | number)[];

/** A message of fields `[number, value]`, in that order. */
export function message(...fields: readonly (readonly [number, FieldValue])[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, value] of fields)
    for (const one of Array.isArray(value) ? (value as readonly (Uint8Array | string | number)[]) : [value]) {
      if (typeof one === 'number') writer.tag(number, WireType.Varint).int64(one);
      else if (typeof one === 'string') writer.tag(number, WireType.LengthDelimited).string(one);
      else writer.tag(number, WireType.LengthDelimited).bytes(one as Uint8Array);
    }
  return writer.finish();
}

/** A copy of a message without the fields of those numbers. */
export function without(bytes: Uint8Array, numbers: readonly number[]): Uint8Array {
  const reader = new BinaryReader(bytes);
  const writer = new BinaryWriter();
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, type] = reader.tag();
    reader.skip(type, number);
    if (!numbers.includes(number)) writer.raw(bytes.subarray(start, reader.pos));
  }
  return writer.finish();
}
