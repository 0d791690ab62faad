/** The bytes of an idx file of unsigned bytes. */
export function idxBytes(shape: readonly number[], values: readonly number[], type = 8): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head[2] = type;
  head[3] = shape.length;
  for (const [at, length] of shape.entries()) head.writeUInt32BE(length, 4 + 4 * at);
  return Buffer.concat([head, Buffer.from(values)]);
}
