import { ALIGNMENT, type RowBatch, type ShardShape } from './shard-encoder.js';

// Taking megabytes for each shard anew costs more than filling them: the system clears the pages, and the garbage
// collector runs for every few of them. The shards of a column follow one another, so their memory is handed on.

const MOST_SPARE_BYTES = 2 ** 27;
const spare = new Map<number, ArrayBuffer[]>();
let spareBytes = 0;

/** Memory for the rows of a shard that are not written yet: `ids`, and `values` in the shard's dtype. */
export class Batch {
  readonly #buffer: ArrayBuffer;
  readonly #ids: Int32Array;
  readonly #values: Float32Array | Uint16Array;
  readonly #features: number;
  #filled = 0;

  /** Takes memory for `rows` rows: that of a batch that was released, where one had the same size. */
  constructor(rows: number, { features, dtype }: ShardShape) {
    const start = Math.ceil((4 * rows) / ALIGNMENT) * ALIGNMENT;
    const Values = dtype === 'float32' ? Float32Array : Uint16Array;
    this.#buffer = takeBuffer(start + rows * features * Values.BYTES_PER_ELEMENT);
    this.#ids = new Int32Array(this.#buffer, 0, rows);
    this.#values = new Values(this.#buffer, start, rows * features);
    this.#features = features;
  }

  /** How many rows are in it, and how many more it can hold. */
  get filled(): number {
    return this.#filled;
  }
  get room(): number {
    return this.#ids.length - this.#filled;
  }

  /** Its rows, as views. */
  get rows(): RowBatch {
    return {
      ids: this.#ids.subarray(0, this.#filled),
      values: this.#values.subarray(0, this.#filled * this.#features),
    };
  }

  /** Adds rows: `put` copies their values into the view it is given. Nothing is added when it throws. */
  add(ids: Int32Array, put: (into: Float32Array | Uint16Array) => void): void {
    const [from, to] = [this.#filled, this.#filled + ids.length];
    put(this.#values.subarray(from * this.#features, to * this.#features));
    this.#ids.set(ids, from);
    this.#filled = to;
  }

  /** Forgets the rows. */
  clear(): void {
    this.#filled = 0;
  }

  /** Gives the memory to the next batch that needs as much. The batch and its views are used no more. */
  release(): void {
    const { byteLength } = this.#buffer;
    if (spareBytes + byteLength > MOST_SPARE_BYTES) return;
    spareBytes += byteLength;
    spare.set(byteLength, [...(spare.get(byteLength) ?? []), this.#buffer]);
  }
}

function takeBuffer(bytes: number): ArrayBuffer {
  const buffer = spare.get(bytes)?.pop();
  if (buffer) spareBytes -= bytes;
  return buffer ?? new ArrayBuffer(bytes);
}
