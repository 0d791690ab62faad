/**
 * Buffers of one size that are used again, so that memory stays flat and no batch waits for fresh pages. As many come
 * to exist as are out at once.
 */
export class PixelBuffers {
  readonly #bytes: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** A buffer that nobody else holds. What it contains is undefined. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#free.pop() ?? new Uint8Array(this.#bytes);
  }

  /** Takes back a buffer that {@link take} gave, which its holder must not touch any more. */
  giveBack(buffer: Uint8Array<ArrayBuffer>): void {
    this.#free.push(buffer);
  }
}
