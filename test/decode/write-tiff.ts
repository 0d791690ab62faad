const SHORT = 3;
const LONG = 4;

/** An image of one strip, uncompressed. */
export interface TiffImage {
  readonly width: number;
  readonly height: number;
  /** Rows from the top, samples interleaved, each as `bits` and `sample` say, in the processor's byte order. */
  readonly samples: ArrayBufferView;
  readonly bits: number;
  readonly samplesPerPixel: number;
  /** 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr, 8 CIELab. */
  readonly photometric: number;
  /** SampleFormat: 1 unsigned, 2 signed, 3 float, 6 complex. */
  readonly sample?: number;
  /** ExtraSamples: 1 associated alpha, 2 alpha. */
  readonly extra?: number;
}

/** Writes a little-endian TIFF: header, directory, the values that do not fit into it, samples. */
export function writeTiff(image: TiffImage): Buffer {
  const { width, height, samples, bits, samplesPerPixel, photometric, sample = 1, extra } = image;
  const repeated = (value: number) => Array<number>(samplesPerPixel).fill(value);
  const tags: [number, number, number[]][] = [
    [256, SHORT, [width]],
    [257, SHORT, [height]],
    [258, SHORT, repeated(bits)],
    [259, SHORT, [1]],
    [262, SHORT, [photometric]],
    [273, LONG, [0]],
    [277, SHORT, [samplesPerPixel]],
    [278, SHORT, [height]],
    [279, LONG, [samples.byteLength]],
    ...(extra === undefined ? [] : ([[338, SHORT, [extra]]] as [number, number, number[]][])),
    [339, SHORT, repeated(sample)],
  ];
  const directory = 8 + 2 + 12 * tags.length + 4;
  const header = Buffer.alloc(directory + 16 * tags.length);
  header.write('II*\0\x08\0\0\0', 'latin1');
  header.writeUInt16LE(tags.length, 8);
  let free = directory;
  for (const [at, [tag, kind, values]] of tags.entries()) {
    const entry = 10 + 12 * at;
    header.writeUInt16LE(tag, entry);
    header.writeUInt16LE(kind, entry + 2);
    header.writeUInt32LE(values.length, entry + 4);
    if (kind === LONG) header.writeUInt32LE(tag === 273 ? header.length : values[0]!, entry + 8);
    else if (values.length <= 2)
      for (const [i, value] of values.entries()) header.writeUInt16LE(value, entry + 8 + 2 * i);
    else {
      header.writeUInt32LE(free, entry + 8);
      for (const value of values) free = header.writeUInt16LE(value, free);
    }
  }
  return Buffer.concat([
    header,
    Buffer.from(samples.buffer as ArrayBuffer, samples.byteOffset, samples.byteLength),
  ]);
}
