const FIRST_BYTES = 1 << 16;

/**
 * Many strings in one buffer, at their UTF-8 length plus four bytes each: 1.28 million ImageNet keys take 55 MB
 * rather than several times that as strings.
 */
export class PackedKeys {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private ends = new Uint32Array(1024);
  private count = 0;

  get length(): number {
    return this.count;
  }

  append(key: string): void {
    const start = this.startOf(this.count);
    const end = start + Buffer.byteLength(key);
    this.reserve(end);
    this.bytes.write(key, start);
    this.ends[this.count++] = end;
  }

  /** The key at an index below `length`. */
  key(index: number): string {
    if (!(index >= 0 && index < this.count)) throw new RangeError(`no key ${index} among ${this.count}`);
    return this.bytes.toString('utf8', this.startOf(index), this.ends[index]);
  }

  private startOf(index: number): number {
    return index === 0 ? 0 : (this.ends[index - 1] ?? 0);
  }

  private reserve(end: number): void {
    if (end > 0xffffffff) throw new RangeError(`keys of a split need more than ${0xffffffff} bytes`);
    if (end > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(end, this.bytes.length * 1.5));
      this.bytes.copy(grown);
      this.bytes = grown;
    }
    if (this.count < this.ends.length) return;
    const grown = new Uint32Array(Math.ceil(this.ends.length * 1.5));
    grown.set(this.ends);
    this.ends = grown;
  }
}
