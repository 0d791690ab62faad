// Protobuf as it lies on the wire: fields of a varint key (number * 8 + type) and a value. Read lazily: a message is a view
// on the file's bytes, and so are the messages, texts and tensors in it.

type Value = number | Uint8Array;

/** Bytes that are no protobuf message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const TWO_32 = 2 ** 32;

/** A serialised protobuf message. Every length is checked against the bytes that are there. */
export class WireMessage {
  readonly #bytes: Uint8Array;
  #fields: Map<number, Value[]> | undefined;

  constructor(bytes: Uint8Array) {
    // A Buffer's slice is a view, and a Uint8Array's a copy: what is handed on is the latter.
    this.#bytes = Buffer.isBuffer(bytes)
      ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : bytes;
  }

  /** Whether a field is there. A member of a `oneof` is written also where it has its default value. */
  has(field: number): boolean {
    return this.#values(field).length > 0;
  }

  /** The last value of a whole-number field, 0 where there is none. Exact up to 2^53. */
  number(field: number): number {
    const value = this.#values(field).at(-1) ?? 0;
    if (typeof value === 'number') return value;
    throw new WireError(`field ${field} is not a number`);
  }

  /** A view on the last value of a field of bytes, which are none where there is no such field. */
  bytes(field: number): Uint8Array {
    return this.#chunks(field).at(-1) ?? new Uint8Array();
  }

  text(field: number): string {
    return textOf(this.bytes(field));
  }

  texts(field: number): string[] {
    return this.#chunks(field).map(textOf);
  }

  /** All values of a repeated field of bytes, as views. */
  chunks(field: number): readonly Uint8Array[] {
    return this.#chunks(field);
  }

  message(field: number): WireMessage {
    return new WireMessage(this.bytes(field));
  }

  messages(field: number): WireMessage[] {
    return this.#chunks(field).map((bytes) => new WireMessage(bytes));
  }

  /** A `map<string, Message>`: entries are messages of a key and a value. */
  map(field: number): Map<string, WireMessage> {
    return new Map(this.messages(field).map((entry) => [entry.text(1), entry.message(2)]));
  }

  /** A repeated whole-number field, packed or not. */
  numbers(field: number): number[] {
    return this.#values(field).flatMap((value) => (typeof value === 'number' ? [value] : varintsIn(value)));
  }

  /** The bytes of a repeated field of fixed length (floats, doubles), packed or not, one after the other. */
  fixed(field: number): Uint8Array {
    const chunks = this.#chunks(field);
    return chunks.length === 1 ? chunks[0]! : Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
  }

  /** A float field, 0 where there is none. */
  float(field: number): number {
    const bytes = this.bytes(field);
    return bytes.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true) : 0;
  }

  #chunks(field: number): readonly Uint8Array[] {
    return this.#values(field).map((value) => {
      if (typeof value !== 'number') return value;
      throw new WireError(`field ${field} is a number`);
    });
  }

  #values(field: number): readonly Value[] {
    this.#fields ??= fieldsOf(this.#bytes);
    return this.#fields.get(field) ?? [];
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Where a message is read. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** A signed 64-bit varint. */
  varint(): number {
    let [low, high] = [0, 0];
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new WireError('it ends inside a number');
      const part = byte & 0x7f;
      if (shift < 28) low += part * 2 ** shift;
      else if (shift === 28) {
        low += (part & 0x0f) * 2 ** 28;
        high = part >>> 4;
      } else high += part * 2 ** (shift - 32);
      if (byte < 0x80) return (high | 0) * TWO_32 + low;
    }
    throw new WireError('it holds a number of more than ten bytes');
  }

  take(length: number): Uint8Array {
    if (length < 0 || length > this.#bytes.length - this.#at)
      throw new WireError(`it ends inside a field of ${length} bytes`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function varintsIn(bytes: Uint8Array): number[] {
  const cursor = new Cursor(bytes);
  const values: number[] = [];
  while (!cursor.done) values.push(cursor.varint());
  return values;
}

function valueAt(cursor: Cursor, type: number): Value {
  switch (type) {
    case 0:
      return cursor.varint();
    case 1:
      return cursor.take(8);
    case 2:
      return cursor.take(cursor.varint());
    case 5:
      return cursor.take(4);
    default:
      throw new WireError(`it holds a field of a type that is not known: ${type}`);
  }
}

function fieldsOf(bytes: Uint8Array): Map<number, Value[]> {
  const cursor = new Cursor(bytes);
  const fields = new Map<number, Value[]>();
  while (!cursor.done) {
    const key = cursor.varint();
    const [field, type] = [Math.floor(key / 8), key % 8];
    const values = fields.get(field);
    const value = valueAt(cursor, type);
    if (values === undefined) fields.set(field, [value]);
    else values.push(value);
  }
  return fields;
}
